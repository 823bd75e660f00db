import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { withTraceparent } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { Logger } from './logger.js';

/** Who works on which aggregate right now; a lease that ran out may be taken by anyone. */
export const reconcileMigration = {
  name: '20261123000001-reconcile-lease',
  up: [
    `CREATE TABLE reconcile_lease (
       loop text NOT NULL, id text NOT NULL, owner uuid NOT NULL, until timestamptz NOT NULL, PRIMARY KEY (loop, id))`,
  ],
};

/** A round that was cut gives its lease to nobody, and where nothing is due any more nobody takes it. */
export const leasesKept = { table: 'reconcile_lease', column: 'until', days: 1 };

export interface ReconcileOptions {
  name: string;
  database: Database;
  logger: Logger;
  /** Aggregates whose intent is not yet observed, oldest first. */
  due(): Promise<string[]>;
  /** One round for one aggregate: call outside, then commit what was seen. Must be safe to repeat. */
  reconcile(id: string): Promise<void>;
  /** Where the aggregate's trace began: each round is a span of it. Not asked where traces are off. */
  traceOf?(id: string): Promise<string | undefined>;
  idleMs?: number;
  /** How long the work of a process that died waits for another; renewed while the work lasts. */
  leaseMs?: number;
  concurrency?: number;
}

/** The last round of one aggregate: when it began, and how many before it failed in a row. */
interface Turn {
  beganAt: number;
  failures: number;
}

/** Of ten seconds that a service has to end in; by then messaging waits for its chunks no longer either. */
const endsWithinMs = 4_000;
/** One that fails again and again keeps no place from others for long. */
const longestBackOffMs = 2_000;

/**
 * Runs calls to the outside, one at a time per aggregate across all replicas. Level-triggered: it asks what is due,
 * does it, and asks again; a crash at any point is repaired by the next round.
 */
export class ReconcileLoop {
  private readonly owner = randomUUID();
  private readonly busy = new Map<string, Promise<void>>();
  private readonly turns = new Map<string, Turn>();
  private pokedAt = 0;
  private stopping = false;
  private running: Promise<void> | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private wake: (() => void) | undefined;
  private poked = false;
  /** Something due had no place: the next one that is free takes it at once. */
  private isFull = false;

  private readonly leaseMs: number;
  private readonly idleMs: number;

  constructor(private readonly options: ReconcileOptions) {
    this.leaseMs = options.leaseMs ?? 6_000;
    this.idleMs = options.idleMs ?? 500;
  }

  start(): void {
    this.running = this.loop();
    this.renewal = setInterval(() => void this.renew(), this.leaseMs / 3).unref();
  }

  /** Something has changed: look now. */
  poke(): void {
    this.pokedAt = performance.now();
    this.lookAgain();
  }

  /**
   * Ends the rounds in hand and gives their leases back; before messaging ends, which sends what they commit. A round
   * that takes longer, a first clone say, is cut as if the process were killed: another begins it anew.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    this.poke();
    await Promise.race([this.ended(), delay(endsWithinMs, undefined, { ref: false })]);
    clearInterval(this.renewal);
  }

  private async ended(): Promise<void> {
    await this.running;
    await Promise.all(this.busy.values());
  }

  private lookAgain(): void {
    this.poked = true;
    this.wake?.();
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      this.poked = false;
      try {
        await this.round();
      } catch (error) {
        this.options.logger.warn({ err: error, loop: this.options.name }, 'reconcile round failed');
      }
      if (!this.poked && !this.stopping) await this.idle();
    }
  }

  private idle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.idleMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async round(): Promise<void> {
    for (const id of this.inTurn(await this.options.due())) {
      this.isFull = this.busy.size >= (this.options.concurrency ?? 8);
      if (this.stopping || this.isFull) return;
      if (!(await this.claim(id))) continue;
      const failures = this.turns.get(id)?.failures ?? 0;
      const turn = { beganAt: performance.now(), failures };
      this.turns.set(id, turn);
      this.busy.set(id, this.work(id, turn));
    }
  }

  /** Whose turn it is: first who waits longest since its last round, so that many that stay due share the places. */
  private inTurn(due: readonly string[]): string[] {
    const isDue = new Set(due);
    for (const id of this.turns.keys()) if (!isDue.has(id) && !this.busy.has(id)) this.turns.delete(id);
    const beganAt = (id: string): number => this.turns.get(id)?.beganAt ?? 0;
    return due.filter((id) => !this.busy.has(id) && this.mayBegin(id)).sort((a, b) => beganAt(a) - beganAt(b));
  }

  /** Again and again only as often as it would be looked at without others, unless something has changed. */
  private mayBegin(id: string): boolean {
    const turn = this.turns.get(id);
    if (!turn) return true;
    const sinceMs = performance.now() - turn.beganAt;
    if (turn.failures > 0) return sinceMs >= Math.min(this.idleMs * 2 ** turn.failures, longestBackOffMs);
    return sinceMs >= this.idleMs || this.pokedAt >= turn.beganAt;
  }

  private async work(id: string, turn: Turn): Promise<void> {
    try {
      await this.reconcile(id);
      turn.failures = 0;
    } catch (error) {
      turn.failures += 1;
      this.options.logger.warn({ err: error, loop: this.options.name, id }, 'reconcile failed; it will be tried again');
    } finally {
      await this.release(id).catch((error: unknown) =>
        this.options.logger.warn({ err: error, loop: this.options.name, id }, 'lease not given back; it will run out'),
      );
      this.busy.delete(id);
      if (this.isFull) this.lookAgain();
    }
  }

  private async reconcile(id: string): Promise<void> {
    const { name, database, reconcile, traceOf } = this.options;
    const parent = database.tracer && (await traceOf?.(id));
    if (!database.tracer || parent === undefined) return reconcile(id);
    const attributes = { 'signalbox.aggregate.id': id };
    const span = database.tracer.start({ name: `reconcile ${name}`, kind: 'internal', parent, attributes });
    try {
      await withTraceparent(span.traceparent, () => reconcile(id));
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      span.end();
    }
  }

  private async claim(id: string): Promise<boolean> {
    const rows = await this.options.database.query(
      `INSERT INTO reconcile_lease (loop, id, owner, until) VALUES ($1, $2, $3, now() + $4 * interval '1 ms')
       ON CONFLICT (loop, id) DO UPDATE SET owner = excluded.owner, until = excluded.until
         WHERE reconcile_lease.until < now() OR reconcile_lease.owner = excluded.owner
       RETURNING id`,
      [this.options.name, id, this.owner, this.leaseMs],
    );
    return rows.length === 1;
  }

  /** A renewal that fails costs nothing while the next one comes in time. */
  private async renew(): Promise<void> {
    if (this.busy.size === 0) return;
    await this.options.database
      .query(
        `UPDATE reconcile_lease SET until = now() + $4 * interval '1 ms' WHERE loop = $1 AND owner = $2 AND id = ANY($3)`,
        [this.options.name, this.owner, [...this.busy.keys()], this.leaseMs],
      )
      .catch((error: unknown) =>
        this.options.logger.warn({ err: error, loop: this.options.name }, 'leases were not renewed this time'),
      );
  }

  private async release(id: string): Promise<void> {
    await this.options.database.query('DELETE FROM reconcile_lease WHERE loop = $1 AND id = $2 AND owner = $3', [
      this.options.name,
      id,
      this.owner,
    ]);
  }
}
