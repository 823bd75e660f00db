import { randomUUID } from 'node:crypto';
import { customEvent, draft, topics } from '@signalbox/domain';
import type { Decision, EventSource } from '@signalbox/domain';
import { EmbeddedBroker, KafkaBroker, Messaging } from '@signalbox/messaging';
import type { Broker, CrashPoint, Logger, Migration } from '@signalbox/messaging';
import { Database, Store, aggregateTable } from '@signalbox/persistence';
import { Registry } from 'prom-client';
import { z } from 'zod';

/** Where a probe's broker is; plain JSON, so that it can be handed to a child process. */
export type BrokerAddress = { kind: 'embedded'; databaseUrl: string } | { kind: 'kafka'; brokers: string[] };

export interface ProbeOptions {
  readonly broker: BrokerAddress;
  readonly topicPrefix: string;
  readonly databaseUrl: string;
  readonly service: string;
  readonly sources?: readonly EventSource[];
  readonly crashAt?: CrashPoint;
}

/** Counts up by one with each event. */
export interface Counter {
  readonly id: string;
  readonly value: number;
  readonly dueAt?: string;
  readonly looks?: number;
}

/** The smallest service that has everything: an aggregate, events out, events in, wake-ups. */
export interface Probe {
  readonly database: Database;
  readonly counters: Store<Counter>;
  readonly messaging: Messaging;
  readonly broker: Broker;
  readonly registry: Registry;
  stop(): Promise<void>;
}

export const counted = customEvent(topics.planning, 'probe.counted', z.object({ value: z.number() }));
export const echoed = customEvent(topics.build, 'probe.echoed', z.object({ value: z.number() }));

const migrations: Migration[] = [
  {
    name: '20261123-probe',
    up: [
      ...aggregateTable('counter', 'value int NOT NULL'),
      `CREATE TABLE effect (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, type text NOT NULL, key text NOT NULL,
         agg_id text NOT NULL, agg_version int NOT NULL, value int, note text, at timestamptz NOT NULL DEFAULT clock_timestamp())`,
    ],
  },
];

export function connect(address: BrokerAddress, topicPrefix: string, sources: readonly EventSource[] = []): Broker {
  if (address.kind === 'embedded')
    return new EmbeddedBroker({ databaseUrl: address.databaseUrl, topicPrefix, sources });
  const clientId = `probe-${randomUUID().slice(0, 8)}`;
  return new KafkaBroker({ brokers: address.brokers, clientId, topicPrefix, sources });
}

export async function openProbe(options: ProbeOptions): Promise<Probe> {
  const { service, databaseUrl, sources } = options;
  const database = await Database.open({ url: databaseUrl, name: service, migrations, poolSize: 6 });
  const broker = connect(options.broker, options.topicPrefix, sources);
  const source = `/signalbox/${service}`;
  const registry = new Registry();
  const messaging = new Messaging({
    service,
    source,
    broker,
    ...(sources && { sources }),
    transactions: database.transactions,
    databaseUrl,
    registry,
    logger: quietLogger,
    crashAt: (point) => {
      if (point === options.crashAt) process.kill(process.pid, 'SIGKILL');
    },
  });
  const counters = new Store<Counter>(
    database,
    {
      aggregate: 'counter',
      table: 'counter',
      source,
      columns: ({ value }) => ({ value }),
      nextWakeUp: ({ dueAt }) => (dueAt === undefined ? undefined : new Date(dueAt)),
    },
    (commit) => messaging.poke(commit),
  );
  const stop = async () => {
    await messaging.stop();
    await broker.stop();
    await database.close();
  };
  return { database, counters, messaging, broker, registry, stop };
}

export function countUp(counter: Counter, event = counted): Decision<Counter> {
  const value = counter.value + 1;
  return { next: { ...counter, value }, events: [draft(event, { subject: counter.id, content: { value } })] };
}

/** Notes every event of this kind in the effect table; nothing there prevents a second note. */
export function noteEffects(probe: Probe, contract: typeof counted): void {
  probe.messaging.on(contract, async (event, tx) => {
    await tx.query('INSERT INTO effect (type, key, agg_id, agg_version, value, note) VALUES ($1, $2, $3, $4, $5, $6)', [
      event.type,
      event.key,
      event.aggId,
      event.aggVersion,
      event.content.value,
      event.causationId,
    ]);
  });
}

export interface Effect {
  readonly type: string;
  readonly key: string;
  readonly agg_id: string;
  readonly agg_version: number;
  readonly value: number;
  readonly note: string | null;
}

export function effectsOf(probe: { database: Database }): Promise<Effect[]> {
  return probe.database.query<Effect>('SELECT * FROM effect ORDER BY seq');
}

const log = (fields: object, message: string) => {
  if (process.env['PROBE_LOG'] !== undefined) console.error(message, JSON.stringify(fields));
};
const quietLogger: Logger = { debug: log, info: log, warn: log, error: log };
