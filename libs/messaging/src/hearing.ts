import type { PartitionProgress } from './ports.js';

/** How long what was said may wait to be applied. */
const lateAfterMs = 20_000;
/** A database that has not answered for this long may have kept others from speaking; the same when nobody looked for this long. */
const awayAfterMs = 14_000;

/** What one look has found; undefined is what does not answer. */
export interface Seen {
  readonly progress: readonly PartitionProgress[] | undefined;
  /** The database's clock. */
  readonly now: Date | undefined;
}

/**
 * Since when a service has heard everything. It is deaf while the broker is away, while its database is or its process
 * was stopped for longer than a moment, and while what was said waits too long to be applied: until all that has been
 * said by then is applied.
 */
export class Hearing {
  private heardSince: Date | undefined;
  /** The ends of the partitions at some time, until they have been reached. */
  private goal: { readonly ends: readonly PartitionProgress[]; readonly at: number } | undefined;
  private seenAt = 0;
  private hasCaughtUp = false;

  /** By the database's clock; undefined: deaf. `at`: in milliseconds by that of this process, as everywhere here. */
  since(at = Date.now()): Date | undefined {
    return isLonger(awayAfterMs, this.seenAt, at) ? undefined : this.heardSince;
  }

  /** True once everything that was in the log at the start has been applied. */
  get caughtUp(): boolean {
    return this.hasCaughtUp;
  }

  look({ progress, now }: Seen, at = Date.now()): void {
    if (!progress || isLonger(awayAfterMs, this.seenAt, at)) this.lose();
    if (!progress || !now) return;
    this.seenAt = at;
    this.goal ??= { ends: progress, at };
    const positions = new Map(progress.map((of) => [`${of.topic}/${of.partition}`, of.position]));
    const isReached = this.goal.ends.every(
      ({ topic, partition, end }) => (positions.get(`${topic}/${partition}`) ?? 0) >= end,
    );
    const isLate = isLonger(lateAfterMs, this.goal.at, at);
    if (isLate) this.heardSince = undefined;
    // What was said while it fell behind is to be applied too.
    if (isReached || isLate) this.goal = { ends: progress, at };
    if (!isReached || isLate) return;
    this.hasCaughtUp = true;
    this.heardSince ??= now;
  }

  private lose(): void {
    this.heardSince = undefined;
    this.goal = undefined;
  }
}

/** Also when somebody has set the clock back meanwhile. */
function isLonger(ms: number, from: number, to: number): boolean {
  return Math.abs(to - from) > ms;
}
