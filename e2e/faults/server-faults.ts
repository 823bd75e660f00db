import { Client } from 'pg';
import { eventually, withDiskRoom } from '@signalbox/testing';
import { lasting, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { childrenOf } from './processes.js';
import type { Link, Proxy, Tap } from './proxy.js';
import { commitAt, databaseOf, isCommitted, produceId, responseId } from './wire.js';

const lostWithinMs = 15_000;
const staleOwnerWithinMs = 20_000;
const sentWithinMs = 1_000;

const brokerRestart: Fault = {
  name: 'broker restarts',
  seconds: { brief: 2, full: 20 },
  async run({ servers }, ms) {
    await servers.endKafka('SIGTERM');
    await lasting(ms);
    await servers.startKafka();
  },
};

const brokerDies: Fault = {
  name: 'broker dies',
  seconds: { brief: 2, full: 20 },
  async run({ servers }, ms) {
    await servers.endKafka('SIGKILL');
    await lasting(ms);
    await servers.startKafka();
  },
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

/** One session's process dies while it commits: the server throws all others out and recovers. */
const backendDies: Fault = {
  name: 'database session dies in COMMIT',
  seconds: { brief: 1, full: 1 },
  async run({ servers }) {
    const port = await firstOf(servers.postgresProxy, (link, direction, piece) =>
      direction === 'to-server' && databaseOf(link).endsWith('planning') && commitAt(piece) >= 0
        ? link.serverSidePort
        : undefined,
    );
    const client = new Client({ connectionString: servers.postgres.url('postgres') });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE client_port = $1', [
      port,
    ]);
    const [backend] = rows;
    if (backend) process.kill(backend.pid, 'SIGKILL');
    await client.end().catch(() => undefined);
  },
};

/** The server has committed; its answer is lost, and the connection with it. */
const lostCommit: Fault = {
  name: 'answer to COMMIT lost',
  seconds: { brief: 1, full: 1 },
  async run({ servers }) {
    for (const service of ['planning', 'gateway', 'planning']) {
      await cutFirst(
        servers.postgresProxy,
        (link, direction, piece) =>
          direction === 'to-client' && databaseOf(link).endsWith(service) && isCommitted(piece),
      );
    }
  },
};

/** The broker has the records; its answer is lost, and the connection with it. */
const lostProduce: Fault = {
  name: 'answer to Produce lost',
  seconds: { brief: 1, full: 1 },
  async run({ servers }) {
    for (let time = 0; time < 3; time += 1) {
      const asked = new Map<Link, number>();
      await cutFirst(servers.kafkaProxy, (link, direction, frame) => {
        if (direction === 'to-client') return asked.get(link) === responseId(frame);
        const id = produceId(frame);
        if (id !== undefined) asked.set(link, id);
        return false;
      });
    }
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

/** No file of the broker may grow: what a full disk is to it. */
const brokerDiskFull: Fault = {
  name: 'disk of the broker full',
  seconds: { brief: 5, full: 20 },
  async run({ servers }, ms) {
    // It ends rather than acknowledge what it cannot keep; one that has ended needs no room any more.
    await withDiskRoom(servers.kafka.pid, 4_096, () => lasting(ms)).catch((error: unknown) => {
      if (servers.kafka.isRunning()) throw error;
    });
  },
};

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

const longTransaction: Fault = {
  name: 'a writer that stays open',
  seconds: { brief: 8, full: 60 },
  async run({ world, load }, ms) {
    const planning = world.database('planning');
    const before = load.completed;
    const writer = new Client({ connectionString: planning.address() });
    writer.on('error', () => undefined);
    await writer.connect();
    try {
      await writer.query('BEGIN');
      await writer.query(
        `INSERT INTO outbox (event_id, topic, key, agg_version, type, payload)
         VALUES (gen_random_uuid(), 'none', 'open', 1, 'none', '{}')`,
      );
      await lasting(ms);
      await eventually(async () => (await planning.outboxRows(sentWithinMs)) === 0, {
        withinMs: 5_000,
        everyMs: 50,
        what: 'the outbox to be sent beside an open writer',
      });
      await writer.query('ROLLBACK');
    } finally {
      await writer.end().catch(() => undefined);
    }
    promise(load.completed > before, 'no release completed beside an open writer');
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

/** The first thing that passes of which something is told. */
function firstOf<T>(proxy: Proxy, tell: (...piece: Parameters<Tap>) => T | undefined): Promise<T> {
  let found: T | undefined;
  const untap = proxy.tap((...piece) => {
    found ??= tell(...piece);
    return 'pass';
  });
  return eventually(() => found, { withinMs: lostWithinMs, everyMs: 5, what: 'somebody to say it' }).finally(untap);
}

async function cutFirst(proxy: Proxy, isIt: (...piece: Parameters<Tap>) => boolean): Promise<void> {
  let isCut = false;
  const untap = proxy.tap((...piece) => {
    if (isCut || !isIt(...piece)) return 'pass';
    isCut = true;
    return 'cut';
  });
  await eventually(() => isCut, { withinMs: lostWithinMs, what: 'an answer to lose' }).finally(untap);
}

export const serverFaults: readonly Fault[] = [
  brokerRestart,
  brokerDies,
  postgresCrashes,
  backendDies,
  lostCommit,
  lostProduce,
  brokerPartition,
  databasePartition,
  brokerHalfOpen,
  databaseHalfOpen,
  latency,
  reordered,
  brokerDiskFull,
  databaseDiskFull,
  longTransaction,
];
