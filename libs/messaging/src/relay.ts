import { Client } from 'pg';
import { Loop, backOffMs } from './loop.js';
import type { Metrics } from './metrics.js';
import { describe } from './parking.js';
import type { Broker, CrashAt, Logger, OutgoingRecord } from './ports.js';

export interface RelayOptions {
  /** Not through a pooler: the owner's lock belongs to the session. */
  readonly databaseUrl: string;
  readonly service: string;
  readonly broker: Broker;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly crashAt: CrashAt;
}

interface OutboxRow {
  id: string;
  topic: string;
  key: string;
  headers: Record<string, string>;
  payload: string;
}

const batchSize = 500;
const idlePollMs = 200;
const ownerPollMs = 1_000;
const keepAliveMs = 2_000;
const ownerLock = [7_201, 1];

/** Hands the outbox to the broker in order. Of several replicas one is the owner; the others stand by. */
export class Relay {
  private readonly loop: Loop;
  private client: Client | undefined;
  private owner = false;
  private idleMs = 5;
  private usedAt = 0;

  constructor(private readonly options: RelayOptions) {
    this.loop = new Loop(
      () => this.turn(),
      (error, failures) => {
        options.metrics.sendFailures.inc();
        options.logger.warn({ error: describe(error), failures }, 'the outbox cannot be sent now');
        return backOffMs(failures);
      },
    );
  }

  start(): void {
    this.loop.start();
  }

  poke(): void {
    this.loop.poke();
  }

  get isOwner(): boolean {
    return this.owner;
  }

  /** Sends what is left, for at most `drainMs`, and gives ownership up. */
  async stop(drainMs: number): Promise<void> {
    await this.loop.stop();
    const deadline = Date.now() + drainMs;
    try {
      while (this.owner && Date.now() < deadline && (await this.forward()) > 0);
    } catch (error) {
      this.options.logger.warn({ error: describe(error) }, 'the outbox keeps what could not be sent');
    }
    await this.disconnect();
  }

  private async turn(): Promise<number> {
    try {
      if (!(await this.own())) return ownerPollMs;
      if ((await this.forward()) > 0) {
        this.idleMs = 5;
        return 0;
      }
    } catch (error) {
      await this.disconnect();
      throw error;
    }
    this.idleMs = Math.min(this.idleMs * 2, idlePollMs);
    return this.idleMs;
  }

  private async own(): Promise<boolean> {
    this.client ??= await this.connect();
    if (this.owner) return true;
    const { rows } = await this.client.query<{ mine: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS mine',
      ownerLock,
    );
    this.owner = rows[0]?.mine ?? false;
    if (this.owner) this.options.logger.info({ service: this.options.service }, 'this process sends the outbox');
    return this.owner;
  }

  private async forward(): Promise<number> {
    const { broker, crashAt, metrics } = this.options;
    const client = this.connected();
    const { rows } = await client.query<OutboxRow>(
      'SELECT id, topic, key, headers, payload FROM outbox ORDER BY id LIMIT $1',
      [batchSize],
    );
    this.usedAt = Date.now();
    if (rows.length === 0) return 0;
    crashAt('before-send');
    await this.whileAlive(broker.sendBatch(rows.map(toRecord)));
    crashAt('after-send');
    crashAt('before-delete');
    await client.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [rows.map((row) => row.id)]);
    metrics.sent.inc(rows.length);
    return rows.length;
  }

  /** Asks the session for life while the broker takes its time: without it, another may own the outbox by now. */
  private async whileAlive(sending: Promise<void>): Promise<void> {
    const pulse = setInterval(() => {
      if (Date.now() - this.usedAt >= keepAliveMs) this.client?.query('SELECT 1').catch(() => undefined);
    }, keepAliveMs);
    try {
      await sending;
    } finally {
      clearInterval(pulse);
    }
  }

  private connected(): Client {
    if (!this.client) throw new Error('the connection to the outbox was lost');
    return this.client;
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.options.databaseUrl,
      application_name: `relay-${this.options.service}`,
      keepAlive: true,
      keepAliveInitialDelayMillis: 2_000,
      connectionTimeoutMillis: 5_000,
      query_timeout: 15_000,
      // The server ends the session of an owner that has stopped or is cut off, so that another can follow.
      options:
        '-c idle_session_timeout=10000 -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3',
    });
    const forget = () => {
      if (this.client === client) {
        this.client = undefined;
        this.owner = false;
      }
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    return client;
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.owner = false;
    await client?.end().catch(() => undefined);
  }
}

function toRecord(row: OutboxRow): OutgoingRecord {
  return { topic: row.topic, key: row.key, headers: row.headers, value: row.payload };
}
