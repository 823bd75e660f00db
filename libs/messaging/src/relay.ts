import { Client } from 'pg';
import { Loop, backOffMs } from './loop.js';
import type { Metrics } from './metrics.js';
import { describe } from './parking.js';
import type { Broker, CrashAt, Logger, OutgoingRecord } from './ports.js';
import { within } from './within.js';

export interface RelayOptions {
  /** Not through a pooler: the owner's lock belongs to the session. */
  readonly databaseUrl: string;
  readonly service: string;
  readonly broker: Broker;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly crashAt: CrashAt;
  /** In place of the usual waits; well below the server's patience with idle sessions. */
  readonly idlePollMs?: number;
}

interface OutboxRow {
  id: string;
  topic: string;
  key: string;
  headers: Record<string, string>;
  payload: string;
}

const batchSize = 500;
/**
 * Of payloads, headers and keys in one batch, where it has more than one record. kafkajs puts all of a partition into one
 * record batch, and Kafka refuses those above `message.max.bytes` (1,048,588): what is around each record fits in the rest.
 */
const batchBytes = 900_000;
/** Of an owner that nobody tells anything: a writer may have died between its commit and its word. */
const idlePollMs = 200;
const ownerPollMs = 1_000;
const keepAliveMs = 2_000;
/** A server that says nothing must not keep a process from ending. */
const endMs = 500;
const ownerLock = [7_201, 1];
/** As much of the outbox as makes a batch of `$2` rows and `$3` bytes, besides the rows `$1`. */
const waiting = `SELECT id, topic, key, headers, payload FROM (
    SELECT id, topic, key, headers, payload, row_number() OVER upto AS place,
      sum(octet_length(payload) + octet_length(headers::text) + octet_length(key)) OVER upto AS bytes
    FROM outbox WHERE id <> ALL($1::bigint[]) WINDOW upto AS (ORDER BY id ROWS UNBOUNDED PRECEDING) ORDER BY id LIMIT $2
  ) AS waiting WHERE place = 1 OR bytes <= $3 ORDER BY id`;
const channel = 'outbox';

/**
 * Hands the outbox to the broker in order. Of several replicas one is the owner; the others stand by and tell it of what
 * they have committed.
 */
export class Relay {
  private readonly loop: Loop;
  private client: Client | undefined;
  private owner = false;
  private hasNews = false;
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

  /** Something has been committed: here, or in the process that tells. */
  poke(): void {
    this.hasNews = true;
    this.loop.poke();
  }

  get isOwner(): boolean {
    return this.owner;
  }

  /**
   * Sends what is left, and gives ownership up, within `drainMs` also when nobody answers. One that stood by sends it too
   * where the owner is gone: nobody else may come.
   */
  async stop(drainMs: number): Promise<void> {
    const until = Date.now() + drainMs;
    try {
      const isIdle = await within(drainMs, this.loop.stop());
      if (isIdle && this.client) await within(until - Date.now(), this.forwardIfOwner(until));
    } catch (error) {
      this.options.logger.warn({ error: describe(error) }, 'the outbox keeps what could not be sent');
    }
    await this.disconnect();
  }

  private async forwardIfOwner(until: number): Promise<void> {
    if (await this.own()) await this.forward(until);
  }

  private async turn(): Promise<number> {
    const { hasNews } = this;
    this.hasNews = false;
    try {
      if (await this.own()) {
        await this.forward();
        return this.options.idlePollMs ?? idlePollMs;
      }
      // Of its own, after the commit: a NOTIFY inside the writing transactions would make them commit one by one (ADR 15).
      if (hasNews) await this.connected().query(`NOTIFY ${channel}`);
      return ownerPollMs;
    } catch (error) {
      this.hasNews = true;
      await this.disconnect();
      throw error;
    }
  }

  private async own(): Promise<boolean> {
    this.client ??= await this.connect();
    if (this.owner) return true;
    const { rows } = await this.client.query<{ mine: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS mine',
      ownerLock,
    );
    if (!rows[0]?.mine) return false;
    await this.client.query(`LISTEN ${channel}`);
    this.owner = true;
    this.options.logger.info({ service: this.options.service }, 'this process sends the outbox');
    return true;
  }

  /**
   * Sends what there is, batch by batch, and ends early only at `until` or when it is stopped. While a full one is on its
   * way, the one before is deleted and the next is read; after any other, what has come meanwhile makes a larger next one.
   */
  private async forward(until?: number): Promise<void> {
    const isOver = () => (until === undefined ? this.loop.isStopping : Date.now() >= until);
    let sent: OutboxRow[] = [];
    let batch = await this.read([]);
    while (batch.length > 0 && !isOver()) {
      if (batch.length === batchSize) {
        const [, next] = await both(this.send(batch), this.deleteAndRead(sent, batch));
        [sent, batch] = [batch, next];
      } else {
        await this.send(batch);
        [sent, batch] = [[], await this.deleteAndRead([...sent, ...batch], [])];
      }
    }
    await this.delete(sent);
  }

  private async send(batch: readonly OutboxRow[]): Promise<void> {
    const { broker, crashAt } = this.options;
    crashAt('before-send');
    await this.whileAlive(broker.sendBatch(batch.map(toRecord)));
    crashAt('after-send');
  }

  /** In one statement, whose reading does not see yet that anything was deleted. */
  private async deleteAndRead(sent: readonly OutboxRow[], underway: readonly OutboxRow[]): Promise<OutboxRow[]> {
    if (sent.length === 0) return this.read(underway);
    this.options.crashAt('before-delete');
    this.usedAt = Date.now();
    const { rows } = await this.connected().query<OutboxRow>({
      name: 'delete and read',
      text: `WITH gone AS (DELETE FROM outbox WHERE id = ANY($4::bigint[])) ${waiting}`,
      values: [idsOf([...underway, ...sent]), batchSize, batchBytes, idsOf(sent)],
    });
    this.options.metrics.sent.inc(sent.length);
    return rows;
  }

  private async read(besides: readonly OutboxRow[]): Promise<OutboxRow[]> {
    this.usedAt = Date.now();
    const values = [idsOf(besides), batchSize, batchBytes];
    const { rows } = await this.connected().query<OutboxRow>({ name: 'read', text: waiting, values });
    return rows;
  }

  private async delete(sent: readonly OutboxRow[]): Promise<void> {
    if (sent.length === 0) return;
    this.options.crashAt('before-delete');
    const text = 'DELETE FROM outbox WHERE id = ANY($1::bigint[])';
    await this.connected().query({ name: 'delete', text, values: [idsOf(sent)] });
    this.options.metrics.sent.inc(sent.length);
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
      pipeline: true,
      // The server ends the session of an owner that has stopped or is cut off, so that another can follow. A deletion
      // that is lost with the server only means that records are sent again, which the inbox makes good.
      options:
        '-c idle_session_timeout=10000 -c synchronous_commit=off -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3',
    });
    const forget = () => {
      if (this.client === client) {
        this.client = undefined;
        this.owner = false;
      }
    };
    client.on('error', forget);
    client.on('end', forget);
    client.on('notification', () => this.poke());

    await client.connect();
    return client;
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.owner = false;
    if (client) await within(endMs, client.end()).catch(() => false);
  }
}

function idsOf(rows: readonly OutboxRow[]): string[] {
  return rows.map(({ id }) => id);
}

function toRecord(row: OutboxRow): OutgoingRecord {
  return { topic: row.topic, key: row.key, headers: row.headers, value: row.payload };
}

/** Both, when both have ended: what one of them still does must not reach into what follows the other's failure. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}
