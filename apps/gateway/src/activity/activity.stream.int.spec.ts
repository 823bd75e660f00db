import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { HttpProblem } from '@signalbox/chassis';
import type { Identity } from '@signalbox/chassis';
import { releasePlanned } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import { Database } from '@signalbox/persistence';
import { eventually, person, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { migrations } from '../migrations/index.js';
import { ActivityStore } from './activity.store.js';
import { ActivityStream } from './activity.stream.js';
import { ActivityView } from './activity.view.js';

let postgres: TestPostgres;
let database: Database;
let stream: ActivityStream;
let server: FastifyInstance;
let caller: Identity | undefined = person('viewer');
const store = new ActivityStore();
const answers = new Set<ServerResponse>();

/** Behind which number each look began. */
const looks: number[] = [];
class ListeningView extends ActivityView {
  override after(...asked: Parameters<ActivityView['after']>): ReturnType<ActivityView['after']> {
    looks.push(asked[0]);
    return super.after(...asked);
  }
}

beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('gateway'), name: 'gateway', migrations });
  server = fastify({ serverFactory: (handler) => createServer(handler) });
  server.get('/', (request, reply) => {
    answers.add(reply.raw);
    reply.raw.once('close', () => answers.delete(reply.raw));
    return stream.follow(reply, Number((request.query as { after: string }).after), {}, async () => {
      if (!caller) throw new HttpProblem(401, 'unauthenticated', 'this API key was revoked');
      return caller;
    });
  });
  await server.listen({ port: 0 });
});
function beginStream(): void {
  stream = new ActivityStream(
    new ListeningView(database),
    { warn: () => undefined },
    { streamsOpen: (count) => void (open = count) },
    100,
  );
}
beforeEach(beginStream);
afterEach(() => stream.close());
afterAll(async () => {
  await server?.close();
  await database?.close();
  await postgres?.stop();
});

let count = 0;
let open = 0;
function archive(application: string | undefined, more: object = {}, type = 'told'): Promise<void> {
  count += 1;
  const id = `019ab0c4-7a00-7000-8000-${String(count).padStart(12, '0')}`;
  const event: ReceivedEvent = {
    id,
    identity: id,
    type: type === 'told' ? 'dev.cdeventsx.signalbox-test.told.0.1.0' : type,
    source: '/signalbox/test',
    subject: String(count),
    time: new Date(),
    topic: 'signalbox.planning',
    key: 'k',
    aggId: 'a',
    aggVersion: count,
    links: [],
    content: { ...(application && { application }), ...more },
    customData: undefined,
  };
  return database.transactions.run(async (tx) => store.append(tx, [event]));
}

/** What a client has received so far; `ended` once the server has ended it. */
async function follow(
  after: number,
): Promise<{ begins: number; text(): string; ids(): number[]; seqs(): number[]; isOver(): boolean }> {
  const answer = await fetch(`http://127.0.0.1:${(server.server.address() as AddressInfo).port}/?after=${after}`);
  let received = '';
  let over = false;
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) received += decoder.decode(chunk, { stream: true });
    over = true;
  };
  void read().catch(() => (over = true));
  return {
    begins: Number(answer.headers.get('signalbox-after')),
    text: () => received,
    ids: () => [...received.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    seqs: () =>
      [...received.matchAll(/^data: (.+)$/gm)].map(([, data]) => (JSON.parse(`${data}`) as { seq: number }).seq),
    isOver: () => over,
  };
}

it('goes on behind the event that was seen last, and with what comes', async () => {
  for (let index = 0; index < 3; index += 1) await archive('shop');
  const client = await follow(1);
  await eventually(() => client.ids().length === 2, { what: 'the past' });
  await archive('shop');
  await eventually(() => client.ids().length === 3, { what: 'the new one' });
  expect(client.ids()).toEqual([2, 3, 4]);
});

it('tells where it begins, for who loses it before the first event', async () => {
  const before = count;
  const lost = await follow(before);
  await eventually(() => lost.text().includes('connected'), { what: 'it is connected' });
  stream.close();
  beginStream();
  await archive('shop');
  expect(lost.begins).toBe(before);
  const client = await follow(lost.begins);
  await eventually(() => client.ids().length === 1, { what: 'what came meanwhile' });
  expect(client.ids()).toEqual([before + 1]);
});

it('sends more than one page of the past in order', async () => {
  const before = count;
  for (let index = 0; index < 230; index += 1) await archive('shop');
  const client = await follow(before);
  await eventually(() => client.ids().length === 230, { what: 'all of it' });
  expect(client.ids()).toEqual(Array.from({ length: 230 }, (_, index) => before + index + 1));
});

it('shows a sign of life when there is nothing to tell', async () => {
  const client = await follow(count);
  await eventually(() => client.text().split(': alive\n\n').length > 3, { what: 'three signs of life' });
  expect(client.ids()).toEqual([]);
});

it('hides what its reader may not see', async () => {
  caller = person('viewer', 'shop');
  const client = await follow(count);
  await archive('blog');
  await archive('shop');
  await eventually(() => client.ids().length > 0, { what: 'the visible one' });
  expect(client.ids()).toEqual([count]);
  caller = person('viewer');
});

it('sends an event once it is its reader’s, though newer ones were sent before', async () => {
  caller = person('viewer', 'shop');
  const client = await follow(count);
  const early = count + 1;
  await archive(undefined, { releaseId: 'rel_early' });
  await archive('shop');
  await eventually(() => client.seqs().length === 1, { what: 'the newer one' });
  await archive('shop', { releaseId: 'rel_early' }, releasePlanned.type);
  await archive('shop');
  await eventually(() => client.seqs().length === 4, { what: 'the early one, too' });
  expect(client.seqs().toSorted((a, b) => a - b)).toEqual([early, early + 1, early + 2, early + 3]);
  // Where to go on from is no place before what was seen.
  expect(client.ids()).toEqual([early + 1, early + 2, early + 3]);
  caller = person('viewer');
});

it('sends nothing twice, however much it has sent, and forgets what is long past', async () => {
  const before = count;
  caller = person('viewer', 'shop');
  const client = await follow(before);
  const many = 1_300;
  await archive(undefined, { releaseId: 'rel_past' });
  await Promise.all(Array.from({ length: many }, () => archive('shop')));
  await eventually(() => client.seqs().length >= many, { what: 'all of them', withinMs: 20_000 });
  await archive('shop', { releaseId: 'rel_past' }, releasePlanned.type);
  await archive('shop');
  await eventually(() => client.ids().at(-1) === count, { what: 'the last one' });
  expect(client.seqs()).toEqual(Array.from({ length: many + 2 }, (_, index) => before + index + 2));
  caller = person('viewer');
});

it('does not look again and again through what is not for its reader', async () => {
  await database.query(
    `INSERT INTO activity (seq, event_id, type, source, subject, topic, at, application, content)
     SELECT nextval('activity_seq'), gen_random_uuid(), 'other', 's', 's', 't', now(), 'blog', '{}'
     FROM generate_series(1, 12000)`,
  );
  const before = count;
  count += 12_000;
  const newest = count;
  caller = person('viewer', 'shop');
  looks.length = 0;
  const client = await follow(before);
  await eventually(() => looks.length === 1, { what: 'the first look' });
  await archive('shop');
  await eventually(() => client.ids().length === 1, { what: 'what is for it' });
  expect(looks).toEqual([before, newest - 10_000]);
  caller = person('viewer');
});

it('looks a few times a second at most, however fast something is archived', async () => {
  caller = person('viewer', 'shop');
  const client = await follow(count);
  await eventually(() => client.text().includes('connected'), { what: 'it is connected' });
  looks.length = 0;
  const began = performance.now();
  for (let chunk = 0; chunk < 50; chunk += 1) {
    await archive('blog');
    stream.poke();
  }
  await archive('shop');
  stream.poke();
  await eventually(() => client.ids().length === 1, { what: 'what is for it' });
  expect(looks.length).toBeLessThanOrEqual(2 + (performance.now() - began) / 250);
  caller = person('viewer');
});

it('ends for all clients when the server stops', async () => {
  const clients = await Promise.all([follow(count), follow(count)]);
  await eventually(() => clients.every((client) => client.text().includes('connected')), {
    what: 'both are connected',
  });
  expect(open).toBe(2);
  stream.close();
  // Over a connection that was there already one more may come.
  const late = await follow(count);
  const all = [...clients, late];
  await eventually(() => all.every((client) => client.isOver()), { what: 'all have ended', withinMs: 2_000 });
  expect(open).toBe(0);
});

it('ends when its reader loses the right to read', async () => {
  const client = await follow(count);
  await eventually(() => client.text().includes('connected'), { what: 'it is connected' });
  caller = undefined;
  await archive('shop');
  await eventually(() => client.isOver(), { what: 'the end of the stream' });
  expect(client.ids()).toEqual([]);
  caller = person('viewer');
});

it('waits for a reader who does not read, and loses nothing of what comes meanwhile', async () => {
  const before = count;
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  socket.pause();
  socket.write(`GET /?after=${before} HTTP/1.1\r\nhost: x\r\n\r\n`);
  for (let index = 0; index < 40; index += 1) await archive('shop', { text: 'x'.repeat(200_000) });
  await eventually(() => buffered() > 0, { what: 'the reader to fall behind' });
  expect(buffered()).toBeLessThan(1_000_000);
  socket.resume();
  const ids = () => [...received.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  await eventually(() => ids().length === 40, { what: 'all of it', withinMs: 20_000 });
  expect(ids()).toEqual(Array.from({ length: 40 }, (_, index) => before + index + 1));
  socket.destroy();
});

/** Bytes that wait in this process for readers. */
function buffered(): number {
  return [...answers].reduce((sum, answer) => sum + answer.writableLength, 0);
}
