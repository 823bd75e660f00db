import type { EachBatchPayload } from 'kafkajs';

/** What knows how far a member has come, and can store it. */
type Offsets = Pick<EachBatchPayload, 'uncommittedOffsets' | 'commitOffsetsIfNecessary'>;

/** Less would be one more request for each event of a quiet log; more would only come again after a crash. */
const afterMs = 100;
/** A member that has nothing more to do would else never be seen to have caught up. */
const againMs = 1_000;

/**
 * Stores how far one member has come, behind its work: kafkajs would wait for the broker after every batch, and fetch
 * nothing meanwhile. What is not stored yet when a process dies, or when the group changes, comes again, and the inbox
 * knows it.
 */
export class OffsetCommits {
  private latest: Offsets | undefined;
  private timer: NodeJS.Timeout | undefined;
  private storing: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(private readonly onFailure: (error: Error) => void) {}

  /** The member has come further. */
  note(offsets: Offsets): void {
    this.latest = offsets;
    this.storeIn(afterMs);
  }

  /** Resolves when everything noted is stored, or the broker has refused it, which is told. */
  flush(): Promise<void> {
    const { latest } = this;
    clearTimeout(this.timer);
    [this.timer, this.latest] = [undefined, undefined];
    if (latest) this.storing = this.storing.then(() => this.store(latest));
    return this.storing;
  }

  /** Stores no more: a member that has left would only connect again. */
  drop(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    [this.timer, this.latest] = [undefined, undefined];
  }

  private storeIn(ms: number): void {
    if (!this.isOver) this.timer ??= setTimeout(() => void this.flush(), ms);
  }

  private async store(offsets: Offsets): Promise<void> {
    try {
      const uncommitted = offsets.uncommittedOffsets();
      if (uncommitted.topics.length > 0) await offsets.commitOffsetsIfNecessary(uncommitted);
    } catch (error) {
      this.onFailure(error as Error);
      if (this.isOver) return;
      this.latest ??= offsets;
      this.storeIn(againMs);
    }
  }
}
