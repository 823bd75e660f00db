import type { PartitionProgress } from './ports.js';

/** So long what was said may wait to be applied, and nobody may have looked, before a service counts as deaf. */
const deafAfterMs = 20_000;

/**
 * Since when a service has heard everything. It is deaf while the broker or its database is away, while what was said
 * waits too long to be applied, and while its process was stopped: until all that has been said by then is applied.
 */
export class Hearing {
  private heardSince: Date | undefined;
  /** The ends of the partitions at some time, until they have been reached. */
  private goal: { readonly ends: readonly PartitionProgress[]; readonly at: number } | undefined;
  private followedAt = 0;
  private hasCaughtUp = false;

  /** Undefined: deaf. */
  since(now = Date.now()): Date | undefined {
    return this.isForgotten(now) ? undefined : this.heardSince;
  }

  /** True once everything that was in the log at the start has been applied. */
  get caughtUp(): boolean {
    return this.hasCaughtUp;
  }

  /** @returns whether what had been said at the look before is applied; `progress` undefined: the broker does not tell */
  follow(progress: readonly PartitionProgress[] | undefined, now = Date.now()): boolean {
    if (!progress || this.isForgotten(now)) this.lose();
    this.followedAt = now;
    if (!progress) return false;
    this.goal ??= { ends: progress, at: now };
    const positions = new Map(progress.map((at) => [`${at.topic}/${at.partition}`, at.position]));
    const isReached = this.goal.ends.every(
      ({ topic, partition, end }) => (positions.get(`${topic}/${partition}`) ?? 0) >= end,
    );
    const isLate = now - this.goal.at > deafAfterMs;
    if (isLate) this.heardSince = undefined;
    // What was said while it fell behind is to be applied too.
    if (isReached || isLate) this.goal = { ends: progress, at: now };
    return isReached && !isLate;
  }

  /** From now on, unless it did already. */
  begin(now = Date.now()): void {
    this.hasCaughtUp = true;
    this.heardSince ??= new Date(now);
  }

  lose(): void {
    this.heardSince = undefined;
    this.goal = undefined;
  }

  private isForgotten(now: number): boolean {
    return this.heardSince !== undefined && now - this.followedAt > deafAfterMs;
  }
}
