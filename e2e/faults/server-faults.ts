import { Client } from 'pg';
import { eventually } from '@signalbox/testing';
import { goesOnWithinMs, lasting, progress, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { isRunning } from './processes.js';
import type { Link } from './proxy.js';

const staleOwnerWithinMs = 20_000;
const sentWithinMs = 1_000;
const sampleEveryMs = 100;

/** Whoever publishes and reads goes on without being started again. */
async function withoutBroker({ servers, world }: Scene, signal: 'SIGTERM' | 'SIGKILL', ms: number): Promise<void> {
  const before = world.replicas();
  await servers.endKafka(signal);
  await lasting(ms);
  await servers.startKafka();
  const ended = before.filter((pid) => !isRunning(pid));
  promise(ended.length === 0, `${ended.length} of ${before.length} processes ended while there was no broker`);
}

const brokerRestart: Fault = {
  name: 'broker restarts',
  seconds: { brief: 2, full: 20 },
  run: (scene, ms) => withoutBroker(scene, 'SIGTERM', ms),
};

const brokerDies: Fault = {
  name: 'broker dies',
  seconds: { brief: 2, full: 20 },
  run: (scene, ms) => withoutBroker(scene, 'SIGKILL', ms),
};

const postgresCrashes: Fault = {
  name: 'database crashes',
  seconds: { brief: 2, full: 10 },
  async run({ servers }, ms) {
    await servers.crashPostgres();
    await lasting(ms);
    await servers.startPostgres();
  },
};

const brokerPartition = networkFault('broker cut off', { brief: 4, full: 150 }, ({ servers }) =>
  servers.kafkaProxy.partition(),
);
const databasePartition = networkFault('database cut off', { brief: 4, full: 60 }, ({ servers }) =>
  servers.postgresProxy.partition(),
);
const brokerHalfOpen = networkFault('broker half open', { brief: 6, full: 60 }, ({ servers }) =>
  servers.kafkaProxy.stall(),
);
/** Whoever owned an outbox is given up by the server, so that another may own it. */
const databaseHalfOpen: Fault = {
  name: 'database half open',
  seconds: { brief: 12, full: 40 },
  async run({ servers, world }, ms) {
    const owners = () =>
      world
        .database('planning')
        .query<{ pid: number }>(
          "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND application_name = 'relay-planning'",
        );
    const stale = await eventually(async () => (await owners())[0], { what: 'an owner' });
    const began = performance.now();
    servers.postgresProxy.stall();
    await lasting(ms);
    await eventually(async () => !(await owners()).some(({ pid }) => pid === stale.pid), {
      withinMs: Math.max(1_000, staleOwnerWithinMs - (performance.now() - began)),
      what: 'the server to give up the owner of the outbox',
    });
  },
};
const latency = networkFault('slow network', { brief: 5, full: 60 }, ({ servers }) => {
  servers.kafkaProxy.slow(() => 40);
  servers.postgresProxy.slow(() => 15);
});
/** Each connection to the broker has a delay of its own: consumers see topics in different orders. */
const reordered = networkFault('topics in another order', { brief: 6, full: 60 }, ({ servers, random }) => {
  const delays = new WeakMap<Link, number>();
  servers.kafkaProxy.slow((link) => {
    const delayMs = delays.get(link) ?? Math.round(random() * 400);
    delays.set(link, delayMs);
    return delayMs;
  });
});

/**
 * Which events are seen waiting look after look, for a second. A machine that stands still for a second looks once, and a
 * transaction that takes one commits what has not waited yet.
 */
class Waits {
  readonly late = new Set<string>();
  private seen = new Map<string, number>();

  look(waiting: readonly string[]): void {
    this.seen = new Map(waiting.map((id) => [id, (this.seen.get(id) ?? 0) + 1]));
    for (const [id, looks] of this.seen) if (looks > sentWithinMs / sampleEveryMs) this.late.add(id);
  }
}

/** All the time that it stays open, what others commit is sent within a second; at most a heartbeat is on its way. */
const longTransaction: Fault = {
  name: 'a writer that stays open',
  seconds: { brief: 8, full: 60 },
  async run(scene, ms) {
    const planning = scene.world.database('planning');
    const goesOn = progress(scene);
    const writer = new Client({ connectionString: planning.address() });
    writer.on('error', () => undefined);
    await writer.connect();
    const waits = new Waits();
    try {
      await writer.query('BEGIN');
      await writer.query(
        `INSERT INTO outbox (event_id, topic, key, agg_version, type, payload)
         VALUES (gen_random_uuid(), 'none', 'open', 1, 'none', '{}')`,
      );
      const until = performance.now() + ms;
      while (performance.now() < until || (!goesOn() && performance.now() < until + goesOnWithinMs)) {
        waits.look(await planning.waitingIds());
        await lasting(sampleEveryMs);
      }
      await writer.query('ROLLBACK');
    } finally {
      await writer.end().catch(() => undefined);
    }
    promise(waits.late.size === 0, `${waits.late.size} events had waited for ${sentWithinMs} ms or longer`);
    promise(goesOn(), 'no release went on beside an open writer');
  },
};

/** A fault of the network, which the proxies' healing undoes. */
function networkFault(name: string, seconds: Fault['seconds'], begin: (scene: Scene) => void): Fault {
  return {
    name,
    seconds,
    async run(scene, ms) {
      begin(scene);
      await lasting(ms);
    },
  };
}

export const serverFaults: readonly Fault[] = [
  brokerRestart,
  brokerDies,
  postgresCrashes,
  brokerPartition,
  databasePartition,
  brokerHalfOpen,
  databaseHalfOpen,
  latency,
  reordered,
  longTransaction,
];
