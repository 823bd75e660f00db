import { randomUUID } from 'node:crypto';
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
  /** So long the work of a process that died waits for another; renewed while the work lasts. */
  leaseMs?: number;
  concurrency?: number;
}

/**
 * Runs calls to the outside, one at a time per aggregate across all replicas. Level-triggered: it asks what is due,
 * does it, and asks again; a crash at any point is repaired by the next round.
 */
export class ReconcileLoop {
  private readonly owner = randomUUID();
  private readonly busy = new Map<string, Promise<void>>();
  private stopping = false;
  private running: Promise<void> | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private wake: (() => void) | undefined;
  private poked = false;
  /** Something due had no place: the next one that is free takes it at once. */
  private isFull = false;

  private readonly leaseMs: number;

  constructor(private readonly options: ReconcileOptions) {
    this.leaseMs = options.leaseMs ?? 6_000;
  }

  start(): void {
    this.running = this.loop();
    this.renewal = setInterval(() => void this.renew(), this.leaseMs / 3).unref();
  }

  /** Something has changed: look now. */
  poke(): void {
    this.poked = true;
    this.wake?.();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.poke();
    await this.running;
    await Promise.all(this.busy.values());
    clearInterval(this.renewal);
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
      const timer = setTimeout(resolve, this.options.idleMs ?? 500);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async round(): Promise<void> {
    for (const id of await this.options.due()) {
      this.isFull = this.busy.size >= (this.options.concurrency ?? 8);
      if (this.stopping || this.isFull) return;
      if (this.busy.has(id) || !(await this.claim(id))) continue;
      this.busy.set(id, this.work(id));
    }
  }

  private async work(id: string): Promise<void> {
    try {
      await this.reconcile(id);
    } catch (error) {
      this.options.logger.warn({ err: error, loop: this.options.name, id }, 'reconcile failed; it will be tried again');
    } finally {
      await this.release(id).catch((error: unknown) =>
        this.options.logger.warn({ err: error, loop: this.options.name, id }, 'lease not given back; it will run out'),
      );
      this.busy.delete(id);
      if (this.isFull) this.poke();
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
