import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stageBlocked, stageRequested, topics, topicsOf } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';
import type { Message } from 'kafkajs';
import { lasting, lastingWhileOthersGoOn, pickOne, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { kill } from './processes.js';

/** More than the session timeout of a consumer: its group must be empty before its offsets can be set. */
const groupEmptyAfterMs = 9_000;
/** A service that does stages has nothing to say until the next one is asked for. */
const somethingToSayMs = 40_000;
/** An operator asks again. */
const answeredWithinMs = 15_000;
/** Whose outbox: planning's, where the stages are done by the harness's own. */
const senderOf = ({ world, random }: Scene) =>
  world.options.executors > 0 ? 'planning' : (pickOne(random, world.doers) ?? 'planning');

/** The relay cannot delete what it has sent, and so sends it again and again. */
const neverDeleted: Fault = {
  name: 'outbox sent again and again',
  seconds: { brief: 2, full: 10 },
  async run(scene, ms) {
    const { world } = scene;
    const service = senderOf(scene);
    const database = world.database(service);
    await database.query(
      `CREATE OR REPLACE FUNCTION audit.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
    );
    await world.log.readOn();
    const before = world.log.repeats;
    await database.query(
      'CREATE OR REPLACE TRIGGER keep BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION audit.keep()',
    );
    try {
      await lasting(ms);
      // One that was sent and is still there is sent again.
      await eventually(async () => (await database.outboxRows(1_000)) > 0, {
        withinMs: somethingToSayMs,
        what: `${service} to have something to send`,
      });
    } finally {
      await database.query('DROP TRIGGER keep ON outbox');
    }
    await eventually(
      async () => {
        await world.log.readOn();
        return world.log.repeats > before;
      },
      { withinMs: 5_000, what: `something of ${service} to come twice` },
    );
  },
};

const offsetsReset: Fault = {
  name: 'offsets set back by 500',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    const { world, random } = scene;
    const services = ['gateway', pickOne(random, world.doers) ?? 'feedback'];
    const pids = world.replicas(...services);
    for (const pid of pids) await kill(pid, 'SIGSTOP');
    try {
      await lasting(groupEmptyAfterMs);
      for (const service of services) await setBack(scene, service);
    } finally {
      for (const pid of pids) await kill(pid, 'SIGCONT');
    }
  },
};

/** Bytes that nobody can read, and an event whose content does not fit its type. */
const poison: Fault = {
  name: 'poison messages',
  seconds: { brief: 3, full: 10 },
  async run(scene, ms) {
    const [garbage, wrong] = [`poison-${randomUUID()}`, `poison-${randomUUID()}`];
    await publish(scene, topics.planning, [
      { key: garbage, value: Buffer.from([0xff, 0x00, 0xfe, 0x7b]) },
      {
        key: wrong,
        headers: { ...envelope(stageRequested.type, wrong, 1), ce_source: '/elsewhere' },
        value: body(wrong, 'not an object'),
      },
    ]);
    // Held back by everybody who reads them, until an operator has looked; nothing else is.
    const readers = scene.world.options.services.filter((name) => topicsOf(name).reads.includes(topics.planning));
    const held = readers.flatMap((service) => [garbage, wrong].map((key) => ({ service, key })));
    for (const { service, key } of held) {
      await eventually(() => isHeldBack(scene, service, key), {
        what: `${service} to hold ${key} back`,
        withinMs: 30_000,
      });
    }
    await lastingWhileOthersGoOn(scene, ms, 'while two keys were held back');
    for (const { service, key } of held) await skip(scene, service, key);
  },
};

/** What a build of tomorrow says: two types nobody knows, and a known one with more in it. */
const newerVersion: Fault = {
  name: 'events of a newer version',
  seconds: { brief: 2, full: 10 },
  async run(scene, ms) {
    const id = randomUUID();
    await publish(scene, topics.planning, [
      {
        key: id,
        headers: envelope('dev.cdeventsx.signalbox-release.dreamt.1.0.0', id, 1),
        value: body(id, { more: 1 }),
      },
      { key: id, headers: envelope('dev.cdeventsx.signalbox-release.dreamt.2.3.0', id, 2), value: body(id, []) },
      { key: id, headers: envelope(stageBlocked.type, id, 3), value: body(id, blockedTomorrow(id)) },
    ]);
    await lasting(ms);
    await eventually(() => isArchived(scene, stageBlocked.type, id), {
      what: `the archive to have ${id}`,
      withinMs: 30_000,
    });
  },
};

const blockedTomorrow = (releaseId: string) => ({
  releaseId,
  application: 'tomorrow',
  version: '1.0.0',
  stage: 'build',
  attempt: 1,
  blockers: [],
  mood: 'hopeful',
});

/** Who says what the harness says itself. */
export const source = '/signalbox/harness';

function envelope(type: string, id: string, version: number): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: source,
    ce_type: type,
    ce_subject: id,
    ce_time: new Date().toISOString(),
    ce_aggid: id,
    ce_aggversion: String(version),
    'content-type': 'application/json',
  };
}

function body(id: string, content: unknown): string {
  return JSON.stringify({ context: {}, subject: { id, content } });
}

async function publish({ world, servers }: Scene, topic: string, messages: Message[]): Promise<void> {
  const producer = new Kafka({ brokers: servers.proxiedBrokers, logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic: world.prefixed(topic), acks: -1, messages });
  await producer.disconnect();
}

/** Kafka's own tool, as an operator would. */
async function setBack({ world, servers }: Scene, service: string): Promise<void> {
  const group = world.prefixed(`signalbox-${service}`);
  const tool = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
  const wish = ['--group', group, '--all-topics', '--reset-offsets', '--shift-by', '-500', '--execute'];
  const brokers = ['--bootstrap-server', servers.proxiedBrokers.join(',')];
  const { stdout } = await promisify(execFile)('java', [
    '-XX:TieredStopAtLevel=1',
    '-cp',
    join(servers.libDir, '*'),
    tool,
    ...brokers,
    ...wish,
  ]);
  // Of a group that is not empty it says so, sets nothing, and ends well.
  promise(stdout.includes('NEW-OFFSET'), `the offsets of ${service} were not set back: ${stdout.trim()}`);
}

async function isHeldBack({ world }: Scene, service: string, key: string): Promise<boolean> {
  const parked = await world.database(service).parked();
  return parked.some((held) => held.key === key);
}

async function isArchived({ world }: Scene, type: string, subject: string): Promise<boolean> {
  const sql = 'SELECT 1 FROM activity WHERE type = $1 AND subject = $2';
  return (await world.database('gateway').query(sql, [type, subject])).length === 1;
}

/** As an operator does it, over the API. */
async function skip(scene: Scene, service: string, key: string): Promise<void> {
  const { url, adminKey } = scene.world.installation;
  const path = `${url}/v1/parked-events/${service}`;
  const authorization = `Bearer ${adminKey}`;
  const of = { topic: topics.planning, key };
  const asked = { withinMs: answeredWithinMs, everyMs: 500, what: `${service} to be asked to skip ${key}` };
  const shown = await eventually(async () => {
    const now = await fetch(`${path}?${new URLSearchParams(of)}`, { headers: { authorization } });
    return now.status < 500 && now;
  }, asked);
  const { items = [] } = (await shown.json()) as { items?: { eventId: string }[] };
  // The same event and the same key each time: what was skipped without an answer is not looked for again.
  const selection = { ...of, eventId: items[0]?.eventId };
  const idempotencyKey = randomUUID();
  const answer = await eventually(async () => {
    const now = await decide(scene, `${service}/skips`, { selection, reason: 'poison' }, idempotencyKey);
    return now.status < 500 && now;
  }, asked);
  promise(answer.ok, `${service} does not skip ${key}: ${answer.status} ${await answer.text()}`);
}

/** What an operator decides of parked events. */
export function decide({ world }: Scene, of: string, wish: object, idempotencyKey = randomUUID()): Promise<Response> {
  const { url, adminKey } = world.installation;
  return fetch(`${url}/v1/parked-events/${of}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(wish),
  });
}

export const messageFaults: readonly Fault[] = [neverDeleted, offsetsReset, poison, newerVersion];
