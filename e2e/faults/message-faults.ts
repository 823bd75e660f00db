import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stageBlocked, stageRequested, topics } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';
import type { Message } from 'kafkajs';
import { lasting, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { kill } from './processes.js';

/** More than the session timeout of a consumer: its group must be empty before its offsets can be set. */
const groupEmptyAfterMs = 9_000;

/** The relay cannot delete what it has sent, and so sends it again and again. */
const neverDeleted: Fault = {
  name: 'outbox sent again and again',
  seconds: { brief: 2, full: 10 },
  async run({ world }, ms) {
    const planning = world.database('planning');
    await planning.query(
      `CREATE OR REPLACE FUNCTION audit.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
    );
    await planning.query(
      'CREATE OR REPLACE TRIGGER keep BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION audit.keep()',
    );
    const before = world.log.repeats;
    await lasting(ms);
    await planning.query('DROP TRIGGER keep ON outbox');
    await world.log.readOn();
    promise(world.log.repeats > before, 'nothing was sent twice');
  },
};

const offsetsReset: Fault = {
  name: 'offsets set back by 500',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    const services = ['gateway', 'executors'];
    const pids = scene.world.replicas(...services);
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
    await lasting(ms);
    // Held back by everybody who reads them, until an operator has looked.
    for (const service of ['gateway', 'feedback']) {
      for (const key of [garbage, wrong]) {
        await eventually(() => isHeldBack(scene, service, key), {
          what: `${service} to hold ${key} back`,
          withinMs: 30_000,
        });
        await skip(scene, service, key);
      }
    }
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

/** The handler of one application's stages has a fault, is mended, and what was parked is redriven. */
const faultyHandler: Fault = {
  name: 'handler throws, is mended',
  seconds: { brief: 4, full: 20 },
  async run({ world }, ms) {
    writeFileSync(world.faultFile, '');
    try {
      await lasting(ms);
      await eventually(
        async () => {
          const keys = await world.database('executors').parked();
          return keys.length > 0 && keys;
        },
        { withinMs: 20_000, what: 'executors to hold an event back' },
      );
    } finally {
      rmSync(world.faultFile, { force: true });
    }
  },
};

/** A thousand events a second of its duration wait at once. */
const overload: Fault = {
  name: 'a full outbox',
  seconds: { brief: 5, full: 500 },
  async run({ world }, ms) {
    const run = randomUUID();
    await world.database('planning').query(
      `INSERT INTO outbox (event_id, topic, key, agg_version, type, headers, payload)
       SELECT id, $1, aggregate, version, $2, jsonb_build_object('ce_specversion', '1.0', 'ce_id', id, 'ce_source', $3::text,
           'ce_type', $2::text, 'ce_subject', aggregate, 'ce_time', now(), 'content-type', 'application/json',
           'ce_aggid', aggregate, 'ce_aggversion', version::text), $4
       FROM (SELECT gen_random_uuid() AS id, $5 || '-' || number % 100 AS aggregate, number / 100 + 1 AS version
         FROM generate_series(0, $6::int - 1) AS number ORDER BY number) AS event`,
      [topics.planning, 'dev.cdeventsx.signalbox-release.dreamt.1.0.0', source, body('x', {}), run, Math.round(ms)],
    );
    const rowsLeft = async () => {
      const [row] = await world
        .database('planning')
        .query<{ left: number }>('SELECT count(*)::int AS left FROM outbox WHERE key LIKE $1', [`${run}-%`]);
      return row?.left ?? 0;
    };
    for (let left = await rowsLeft(); left > 0;) {
      const fewer = async () => {
        const now = await rowsLeft();
        return now < left && { now };
      };
      ({ now: left } = await eventually(fewer, { withinMs: 30_000, everyMs: 1_000, what: 'the outbox to shrink' }));
    }
  },
};

const source = '/signalbox/harness';

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
  await promisify(execFile)('java', [
    '-XX:TieredStopAtLevel=1',
    '-cp',
    join(servers.libDir, '*'),
    tool,
    ...brokers,
    ...wish,
  ]);
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
async function skip({ world }: Scene, service: string, key: string): Promise<void> {
  const { url, adminKey } = world.installation;
  const path = `${url}/v1/parked-events/${service}`;
  const authorization = `Bearer ${adminKey}`;
  const of = { topic: topics.planning, key };
  const shown = await fetch(`${path}?${new URLSearchParams(of)}`, { headers: { authorization } });
  const { items = [] } = (await shown.json()) as { items?: { eventId: string }[] };
  const answer = await fetch(`${path}/skips`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ selection: { ...of, eventId: items[0]?.eventId }, reason: 'poison' }),
  });
  promise(answer.ok, `${service} does not skip ${key}: ${answer.status} ${await answer.text()}`);
}

export const messageFaults: readonly Fault[] = [
  neverDeleted,
  offsetsReset,
  poison,
  newerVersion,
  faultyHandler,
  overload,
];
