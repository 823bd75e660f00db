import { randomBytes, randomUUID } from 'node:crypto';
import { topics } from '@signalbox/domain';
import { withDiskRoom } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';
import { lasting, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { childrenOf } from './processes.js';

const brokerRoom = 4_096;
const largerThanRoom = 16_384;

/** No file of the broker may grow: what a full disk is to it. It ends rather than acknowledge what it cannot keep. */
const brokerDiskFull: Fault = {
  name: 'disk of the broker full',
  seconds: { brief: 5, full: 20 },
  async run(scene, ms) {
    const { kafka } = scene.servers;
    let isRefused = false;
    // One that has ended needs no room any more.
    await withDiskRoom(kafka.pid, brokerRoom, async () => {
      await Promise.all([lasting(ms), isNotKept(scene).then((refused) => (isRefused = refused))]);
    }).catch((error: unknown) => {
      if (kafka.isRunning()) throw error;
    });
    promise(isRefused || !kafka.isRunning(), 'the broker acknowledged what it had no room for');
  },
};

/** Whether the broker takes more than its files can hold, of a client of its own that asks once. */
async function isNotKept({ servers, world }: Scene): Promise<boolean> {
  const retry = { retries: 0 };
  const client = new Kafka({
    brokers: servers.proxiedBrokers,
    logLevel: logLevel.NOTHING,
    requestTimeout: 4_000,
    retry,
  });
  const producer = client.producer({ retry });
  const messages = [{ key: `large-${randomUUID()}`, value: randomBytes(largerThanRoom).toString('base64') }];
  try {
    await producer.connect();
    await producer.send({ topic: world.prefixed(topics.planning), acks: -1, messages });
    return false;
  } catch {
    return true;
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}

/** The write-ahead log may not grow, nor any table: PostgreSQL ends rather than acknowledge what it cannot keep. */
const databaseDiskFull: Fault = {
  name: 'disk of the database full',
  seconds: { brief: 5, full: 20 },
  async run({ servers, world }, ms) {
    const { pid } = servers.postgres;
    const full = (ofProcess: number, work: () => Promise<unknown>) => withDiskRoom(ofProcess, 8_192, work);
    let isRefused = false;
    // What it starts from now on has its limit; a session that has ended needs no room any more.
    await full(pid, () =>
      Promise.all([
        lasting(ms),
        hasNoRoom(world).then((refused) => (isRefused = refused)),
        ...childrenOf(pid).map((child) => full(child, () => lasting(ms)).catch(() => undefined)),
      ]),
    ).catch((error: unknown) => {
      if (servers.postgres.isRunning()) throw error;
    });
    promise(isRefused, 'the database stored what it had no room for');
    // Its sessions keep the limit; those of the server that follows have none.
    if (servers.postgres.isRunning()) await servers.crashPostgres();
    await servers.startPostgres();
  },
};

/** Whether a table of some megabytes cannot be written. */
function hasNoRoom(world: Scene['world']): Promise<boolean> {
  const sql = 'CREATE TABLE audit.too_large AS SELECT generate_series(1, 200000)';
  return world
    .database('planning')
    .query(sql)
    .then(
      () => false,
      () => true,
    );
}

export const diskFaults: readonly Fault[] = [brokerDiskFull, databaseDiskFull];
