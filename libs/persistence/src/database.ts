import { AsyncLocalStorage } from 'node:async_hooks';
import { isTrouble, messagingMigrations, sqlState } from '@signalbox/messaging';
import type { Migration, Tracer, Transactions, Tx } from '@signalbox/messaging';
import pg from 'pg';
import type { Pool, PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { demandMigrated, migrate, migrationGap, migrationsTable, toTypeOrm } from './migrate.js';
import type { MigrationGap } from './migrate.js';
import { endSilentConnections, usualSilenceMs } from './silence.js';
import { statementOf } from './statement.js';
import { Transaction } from './transaction.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Of the service; shown among the database's sessions. */
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** Default 8. */
  readonly poolSize?: number;
  /** By default what is missing is applied; `false` refuses a database that lacks something. */
  readonly migrate?: boolean;
  /** Absent: no spans are made of what is written. */
  readonly tracer?: Tracer | undefined;
  /** How long the server may say nothing on a connection. */
  readonly silentMs?: number;
  /** Is told what goes wrong after a commit, which stands all the same. */
  readonly onHookError?: (error: unknown) => void;
}

/** How the connections of a pool are used. */
export interface PoolUse {
  readonly size: number;
  readonly used: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

interface Ambient {
  readonly database: Database;
  readonly tx: Transaction;
}

const ambient = new AsyncLocalStorage<Ambient>();
/** Each costs a deadlock timeout of the server at worst; with a few that wait for each other most lose more than once. */
const attempts = 12;
const defaultPoolSize = 8;

/** True inside a transaction of any `Database`. */
export function inTransaction(): boolean {
  return ambient.getStore() !== undefined;
}

/** One service's database: its schema brought up to date, and transactions that everything called inside them joins. */
export class Database {
  readonly transactions: Transactions = { run: (work) => this.run(work) };

  private constructor(
    readonly dataSource: DataSource,
    /** The names of the migrations that this opening has applied. */
    readonly applied: readonly string[],
    private readonly options: DatabaseOptions,
  ) {}

  static async open(options: DatabaseOptions): Promise<Database> {
    const dataSource = new DataSource({
      type: 'postgres',
      // Else TypeORM looks for it beside itself, where a bundle has nothing (ADR 12).
      driver: pg,
      url: options.url,
      applicationName: options.name,
      migrations: [...toTypeOrm('Messaging', messagingMigrations), ...toTypeOrm('Service', options.migrations)],
      migrationsTableName: migrationsTable,
      uuidExtension: 'pgcrypto',
      installExtensions: false,
      extra: {
        max: options.poolSize ?? defaultPoolSize,
        connectionTimeoutMillis: 10_000,
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
        pipeline: true,
        // A process that has been stopped must not hold locks for long.
        options: '-c idle_in_transaction_session_timeout=30000 -c lock_timeout=20000',
      },
      poolErrorHandler: () => undefined,
    });
    await dataSource.initialize();
    try {
      const migrates = options.migrate ?? true;
      const applied = migrates ? await migrate(dataSource) : [];
      if (!migrates) await demandMigrated(dataSource);
      const database = new Database(dataSource, applied, options);
      // Not sooner: a migration may take as long as it takes.
      endSilentConnections(database.pool, options.silentMs ?? usualSilenceMs);
      return database;
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
  }

  /** In the ambient transaction if there is one. */
  async query<R extends object = Record<string, unknown>>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    const current = this.current();
    if (current) return current.tx.query<R>(sql, params);
    const { rows } = await this.pool.query(statementOf(sql, params));
    return rows as R[];
  }

  /** The database's clock: at the begin of the ambient transaction if there is one. */
  async now(): Promise<Date> {
    const [row] = await this.query<{ now: Date }>('SELECT now() AS now');
    if (!row) throw new Error('the database did not tell the time');
    return row.now;
  }

  /** Calls `hook` when the ambient transaction has committed; at once where there is none. */
  afterCommit(hook: () => void): void {
    const current = this.current();
    if (current) current.tx.afterCommit(hook);
    else hook();
  }

  migrationGap(): Promise<MigrationGap> {
    return migrationGap(this.dataSource);
  }

  get tracer(): Tracer | undefined {
    return this.options.tracer;
  }

  get poolUse(): PoolUse {
    const { totalCount, idleCount, waitingCount } = this.pool;
    const size = this.options.poolSize ?? defaultPoolSize;
    return { size, used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  private current(): Ambient | undefined {
    const store = ambient.getStore();
    return store?.database === this ? store : undefined;
  }

  private async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const current = this.current();
    return current ? work(current.tx) : this.begin(work);
  }

  /** Runs `work` in a transaction of its own, again when it loses against another one. */
  async runWithRetry<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.current()) return this.run(work);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.begin(work);
      } catch (error) {
        if (attempt === attempts || !lostAgainstAnother(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(20 * 2 ** attempt, 1_000)));
      }
    }
  }

  private async begin<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.connect();
    const context: Ambient = { database: this, tx: new Transaction(client) };
    let broken = true;
    try {
      const result = await ambient.run(context, () => work(context.tx));
      await context.tx.commit();
      broken = false;
      this.tellCommitted(context.tx);
      return result;
    } catch (error) {
      await context.tx.rollback().then(
        () => (broken = false),
        () => undefined,
      );
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  private tellCommitted(tx: Transaction): void {
    for (const hook of tx.committed) {
      try {
        hook();
      } catch (error) {
        this.options.onHookError?.(error);
      }
    }
  }

  /** A connection that breaks tells by its next answer; nobody else need hear of it. */
  private async connect(): Promise<PoolClient> {
    const client = await this.pool.connect();
    client.on('error', ignore);
    return client;
  }

  /** TypeORM's own, which it keeps for migrations. */
  private get pool(): Pool {
    return (this.dataSource.driver as PostgresDriver).master as Pool;
  }
}

function ignore(): void {
  return undefined;
}

/** Serialization failure or deadlock. */
function lostAgainstAnother(error: unknown): boolean {
  return isTrouble(error) && (sqlState(error)?.startsWith('40') ?? false);
}
