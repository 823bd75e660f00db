import { Client } from 'pg';

/**
 * What a service's database really committed, kept by its server: which events it wrote and which it took from others.
 * The service neither knows of it nor can forget it.
 */
const tables = [
  'CREATE SCHEMA IF NOT EXISTS audit',
  ...['written', 'taken'].flatMap((name) => [
    `CREATE TABLE IF NOT EXISTS audit.${name} (
      seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL, batch bigint NOT NULL DEFAULT txid_current())`,
    `CREATE INDEX IF NOT EXISTS ${name}_batch ON audit.${name} (batch)`,
  ]),
];
const watch = (source: string, target: string) => [
  `CREATE OR REPLACE FUNCTION audit.note_${target}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
   $$ BEGIN INSERT INTO audit.${target} (event_id) SELECT event_id FROM added; RETURN NULL; END $$`,
  `CREATE OR REPLACE TRIGGER audit_${target} AFTER INSERT ON ${source} REFERENCING NEW TABLE AS added
   FOR EACH STATEMENT EXECUTE FUNCTION audit.note_${target}()`,
];

interface Noted {
  event_id: string;
  batch: string;
}

/** An event that was taken, and in which transaction. */
export interface Taken {
  readonly id: string;
  readonly batch: string;
}

/** One service's database, seen by its administrator on a connection of its own. */
export class AuditedDatabase {
  /** The first transaction that was not read. */
  private readonly next = { written: '0', taken: '0' };
  private readonly takenOnce = new Set<string>();

  constructor(
    readonly service: string,
    /** As its administrator, past the proxy. */
    readonly address: () => string,
  ) {}

  async install(): Promise<void> {
    for (const sql of [...tables, ...watch('outbox', 'written'), ...watch('inbox', 'taken')]) await this.query(sql);
  }

  /** The events that it has committed since this was asked last. */
  async written(): Promise<string[]> {
    return (await this.news('written')).map(({ event_id: id }) => id);
  }

  /** How many of these it has committed. */
  async writtenOf(ids: readonly string[]): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      'SELECT count(*)::int FROM audit.written WHERE event_id = ANY($1::uuid[])',
      [ids],
    );
    return row?.count ?? 0;
  }

  /** What it has taken since this was asked last, in order, and what of it had been taken before. */
  async taken(): Promise<{ all: Taken[]; again: string[] }> {
    const rows = (await this.news('taken')).map(({ event_id: id, batch }) => ({ id, batch }));
    const again = rows.filter(({ id }) => this.takenOnce.has(id) || !this.takenOnce.add(id));
    return { all: rows, again: again.map(({ id }) => id) };
  }

  /** Events that wait to be sent for longer than `ms`; heartbeats come and go all the time. */
  async outboxRows(ms = 0): Promise<number> {
    const [row] = await this.query<{ rows: number }>(
      "SELECT count(*)::int AS rows FROM outbox WHERE created_at <= now() - $1 * interval '1 ms'",
      [ms],
    );
    return row?.rows ?? 0;
  }

  /** The events that have been committed and not been sent. */
  async waitingIds(): Promise<string[]> {
    return (await this.query<{ event_id: string }>('SELECT event_id FROM outbox')).map(({ event_id: id }) => id);
  }

  async parked(): Promise<{ topic: string; key: string }[]> {
    return this.query('SELECT topic, key FROM parked_key');
  }

  async connections(): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      'SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    return row?.count ?? 0;
  }

  /** A connection for each question: the server may have been started again since the last. */
  async query<R extends object = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    const client = new Client({
      connectionString: this.address(),
      connectionTimeoutMillis: 5_000,
      query_timeout: 60_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query(sql, params);
      return rows as R[];
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async news(table: 'written' | 'taken'): Promise<Noted[]> {
    // Older ones are over. By transaction: one that still goes on may have noted something before another that has ended.
    const [row] = await this.query<{ open: string }>(
      'SELECT txid_snapshot_xmin(txid_current_snapshot())::text AS open',
    );
    const [from, to] = [this.next[table], row?.open ?? this.next[table]];
    const rows = await this.query<Noted>(
      `SELECT event_id, batch FROM audit.${table} WHERE batch >= $1 AND batch < $2 ORDER BY seq`,
      [from, to],
    );
    // Only what has been read is not read again.
    this.next[table] = to;
    return rows;
  }
}
