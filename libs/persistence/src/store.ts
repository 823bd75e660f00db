import { DomainError, storableJson } from '@signalbox/domain';
import type { Decision, EventDraft } from '@signalbox/domain';
import { appendOutbox, currentTraceparent } from '@signalbox/messaging';
import type { Committed, Tx } from '@signalbox/messaging';
import type { Database } from './database.js';

/** An aggregate's state with what the store knows about it. `version` rises with every write: the ETag. */
export interface Versioned<S> {
  readonly state: S;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Of the trace it was created in (W3C), where the mapping keeps it. */
  readonly traceparent?: string;
}

/** How one kind of aggregate is kept. States are plain JSON. */
export interface AggregateMapping<S extends { id: string }> {
  /** The noun: `release`. */
  readonly aggregate: string;
  readonly table: string;
  /** CloudEvents source of its events, `/signalbox/planning`. */
  readonly source: string;
  /** Columns beside the state, for filters and joins. */
  columns?(state: S): Record<string, unknown>;
  /** When to look at it again; undefined: it waits for nothing. `now` is the database's clock. */
  nextWakeUp?(state: S, now: Date): Date | undefined;
  /**
   * Its events belong to the trace it was created in, whoever or whatever moves it later: a wake-up, a person, the end
   * of another. Its table has the column of `traceColumn`.
   */
  readonly keepsTrace?: boolean;
}

/** A write of an aggregate that has been committed. */
export interface Change<S> {
  /** Undefined: it is new. */
  readonly before: S | undefined;
  readonly after: S;
  /** For how long it was as it was before. */
  readonly lastedMs: number;
}

/** What a store has committed; without a change when only a wake-up was set. */
export interface Commit<S> extends Committed {
  readonly change?: Change<S>;
}

/** Called once for each committed write of a store. */
export type OnCommit<S> = (commit: Commit<S>) => void;

/** For a store whose changes others look for, and telemetry counts. */
export function pokeAndTell<S>(poke: (committed: Committed) => void, tell: (change: Change<S>) => void): OnCommit<S> {
  return (commit) => {
    poke(commit);
    if (commit.change) tell(commit.change);
  };
}

export interface SelectOptions {
  readonly orderBy?: string;
  readonly limit?: number;
}

interface Row<S> {
  id: string;
  version: string;
  event_seq: string;
  state: S;
  created_at: Date;
  updated_at: Date;
  traceparent?: string | null;
}

interface LockedRow<S> extends Row<S> {
  now: Date;
}

/** DDL of an aggregate's table; `created_at` in milliseconds, as cursors of lists tell it. `promotedColumns`: column definitions separated by commas, or empty. */
export function aggregateTable(table: string, promotedColumns = ''): string[] {
  const more = promotedColumns.trim() === '' ? '' : `,\n  ${promotedColumns}`;
  return [
    `CREATE TABLE ${table} (
  id text PRIMARY KEY,
  version bigint NOT NULL,
  event_seq bigint NOT NULL,
  state jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()${more}
)`,
  ];
}

/** DDL that a table needs whose mapping says `keepsTrace`. */
export function traceColumn(table: string): string {
  return `ALTER TABLE ${table} ADD COLUMN traceparent text`;
}

/**
 * DDL for tables whose rows are changed a few times and then stay. PostgreSQL clears a table when a fifth of it is dead: of a
 * long history that is much, and what is changed lies among it.
 */
export function vacuumedOften(...tables: string[]): string[] {
  const often = 'autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500';
  return tables.map((table) => `ALTER TABLE ${table} SET (${often})`);
}

/** The only way in which aggregates are written: state, events and wake-up in one transaction. */
export class Store<S extends { id: string }> {
  private readonly fields: string;

  constructor(
    protected readonly database: Database,
    private readonly mapping: AggregateMapping<S>,
    private readonly onCommit?: OnCommit<S>,
  ) {
    this.fields = `id, version, event_seq, state, created_at, updated_at${mapping.keepsTrace ? ', traceparent' : ''}`;
  }

  /** @throws DomainError conflict when the id exists */
  async create<T extends S>(state: T, events: readonly EventDraft[]): Promise<Versioned<T>> {
    const created = await this.insert(state, events);
    if (!created) throw new DomainError('conflict', `${this.mapping.aggregate} ${state.id} exists already`);
    return created;
  }

  /** @returns false, and nothing written, when the id exists */
  async createOnce(state: S, events: readonly EventDraft[]): Promise<boolean> {
    return (await this.insert(state, events)) !== undefined;
  }

  /**
   * Loads and locks the aggregate, decides, and writes what was decided. The decision may run more than once; what it reads
   * and writes itself joins the transaction. `now` is the database's clock, `version` the one that would be replaced. A
   * decision that returns the state it was given and no events leaves the version as it is.
   * @throws DomainError not_found, and whatever `decide` throws
   */
  change(
    id: string,
    decide: (state: S, now: Date, version: number) => Decision<S> | Promise<Decision<S>>,
  ): Promise<Versioned<S>> {
    return this.database.runWithRetry(async (tx) => {
      const [row] = await tx.query<LockedRow<S>>(
        `SELECT ${this.fields}, now() AS now FROM ${this.mapping.table} WHERE id = $1 FOR UPDATE`,
        [id],
      );
      if (!row) throw this.notFound(id);
      const { next, events } = await decide(row.state, row.now, Number(row.version));
      if (next === row.state && events.length === 0) {
        // Looked at and left as it was: the wake-up that called is used up all the same.
        if (this.mapping.nextWakeUp) this.saveWakeUp(tx, id, this.mapping.nextWakeUp(next, row.now));
        return versioned(row);
      }
      return this.update(tx, row, next, events);
    });
  }

  async find(id: string): Promise<Versioned<S> | undefined> {
    const [row] = await this.database.query<Row<S>>(`SELECT ${this.fields} FROM ${this.mapping.table} WHERE id = $1`, [
      id,
    ]);
    return row && versioned(row);
  }

  /** @throws DomainError not_found */
  async get(id: string): Promise<Versioned<S>> {
    const found = await this.find(id);
    if (!found) throw this.notFound(id);
    return found;
  }

  /** Where its trace began; undefined: it has none. */
  async traceparent(id: string): Promise<string | undefined> {
    return (await this.find(id))?.traceparent;
  }

  /**
   * Locks several aggregates of the ambient transaction, in id order so that no two transactions wait for each other.
   * @returns those that exist
   */
  async lock(ids: readonly string[]): Promise<Versioned<S>[]> {
    const rows = await this.database.query<Row<S>>(
      `SELECT ${this.fields} FROM ${this.mapping.table} WHERE id = ANY($1) ORDER BY id FOR UPDATE`,
      [ids],
    );
    return rows.map(versioned);
  }

  /** @param where SQL over the table's columns, with `$1…` for `params` */
  async select(where: string, params: readonly unknown[] = [], options: SelectOptions = {}): Promise<Versioned<S>[]> {
    const order = options.orderBy === undefined ? '' : ` ORDER BY ${options.orderBy}`;
    const limit = options.limit === undefined ? '' : ` LIMIT ${Math.trunc(options.limit)}`;
    const rows = await this.database.query<Row<S>>(
      `SELECT ${this.fields} FROM ${this.mapping.table} WHERE ${where}${order}${limit}`,
      params,
    );
    return rows.map(versioned);
  }

  /**
   * Has these aggregates looked at now, because something around them has changed. Also one that is due already: who
   * fires that may have looked before the change, and would take this for what it has done (`saveWakeUp`).
   */
  async wakeUp(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.database.query(
      `INSERT INTO wake_up (aggregate, id, due_at) SELECT $1, id, now() FROM unnest($2::text[]) AS id ORDER BY id
       ON CONFLICT (aggregate, id) DO UPDATE SET due_at = excluded.due_at`,
      [this.mapping.aggregate, [...new Set(ids)]],
    );
    this.tellAfterCommit({ wakeUpInMs: 0 });
  }

  private insert<T extends S>(state: T, events: readonly EventDraft[]): Promise<Versioned<T> | undefined> {
    return this.database.runWithRetry(async (tx) => {
      const promoted = Object.entries({
        ...this.mapping.columns?.(state),
        ...(this.mapping.keepsTrace && { traceparent: currentTraceparent() ?? null }),
      });
      const names = promoted.map(([name]) => `, ${name}`).join('');
      const places = promoted.map((_, index) => `, $${index + 4}`).join('');
      const [row] = await tx.query<LockedRow<S>>(
        `INSERT INTO ${this.mapping.table} (id, version, event_seq, state${names})
         VALUES ($1, 1, $2, $3::jsonb${places}) ON CONFLICT (id) DO NOTHING RETURNING ${this.fields}, now() AS now`,
        [state.id, events.length, storableJson(state), ...promoted.map(([, value]) => value)],
      );
      if (!row) return undefined;
      const wakeUpInMs = this.saveAround(tx, { state, now: row.now, traceparent: row.traceparent }, events, 0);
      this.tellAfterCommit({ change: { before: undefined, after: state, lastedMs: 0 }, wakeUpInMs });
      return { ...versioned(row), state };
    });
  }

  /** The row is locked: nobody else can have changed it, and nothing of the answer is news. */
  private update(tx: Tx, row: LockedRow<S>, next: S, events: readonly EventDraft[]): Versioned<S> {
    const promoted = Object.entries(this.mapping.columns?.(next) ?? {});
    const sets = promoted.map(([name], index) => `, ${name} = $${index + 4}`).join('');
    tx.execute(
      `UPDATE ${this.mapping.table}
       SET version = version + 1, event_seq = event_seq + $2, state = $3::jsonb, updated_at = now()${sets}
       WHERE id = $1`,
      [row.id, events.length, storableJson(next), ...promoted.map(([, value]) => value)],
    );
    const around = { state: next, now: row.now, traceparent: row.traceparent };
    const wakeUpInMs = this.saveAround(tx, around, events, Number(row.event_seq));
    const lastedMs = Math.max(0, row.now.getTime() - row.updated_at.getTime());
    this.tellAfterCommit({ change: { before: row.state, after: next, lastedMs }, wakeUpInMs });
    return { ...versioned(row), state: next, version: Number(row.version) + 1, updatedAt: row.now };
  }

  /** @returns in how many milliseconds it is to be looked at again; undefined: it waits for nothing */
  private saveAround(
    tx: Tx,
    { state, now, traceparent }: { state: S; now: Date; traceparent: string | null | undefined },
    events: readonly EventDraft[],
    eventSeq: number,
  ): number | undefined {
    const dueAt = this.mapping.nextWakeUp?.(state, now);
    if (this.mapping.nextWakeUp) this.saveWakeUp(tx, state.id, dueAt);
    const entries = events.map((draft, index) => ({ draft, aggId: state.id, aggVersion: eventSeq + index + 1 }));
    appendOutbox(tx, this.mapping.source, entries, {
      tracer: this.database.tracer,
      own: traceparent ?? undefined,
      afterCommit: (hook) => this.database.afterCommit(hook),
    });
    return dueAt && dueAt.getTime() - now.getTime();
  }

  private saveWakeUp(tx: Tx, id: string, dueAt: Date | undefined): void {
    if (dueAt === undefined) {
      tx.execute('DELETE FROM wake_up WHERE aggregate = $1 AND id = $2', [this.mapping.aggregate, id]);
      return;
    }
    // One whose time has not come is not put off: it wakes early, which sets it anew, and costs less than a write with
    // each word that is heard.
    tx.execute(
      `INSERT INTO wake_up (aggregate, id, due_at) VALUES ($1, $2, $3)
       ON CONFLICT (aggregate, id) DO UPDATE SET due_at = excluded.due_at
         WHERE excluded.due_at < wake_up.due_at OR wake_up.due_at <= now()`,
      [this.mapping.aggregate, id, dueAt],
    );
  }

  private tellAfterCommit(commit: Commit<S>): void {
    const { onCommit } = this;
    if (onCommit) this.database.afterCommit(() => onCommit(commit));
  }

  private notFound(id: string): DomainError {
    return new DomainError('not_found', `no ${this.mapping.aggregate} ${id}`);
  }
}

function versioned<S>(row: Row<S>): Versioned<S> {
  const { state, version, created_at: createdAt, updated_at: updatedAt, traceparent } = row;
  return { state, version: Number(version), createdAt, updatedAt, ...(traceparent && { traceparent }) };
}
