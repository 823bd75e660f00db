import { Loop, backOffMs } from '../loop.js';
import type { IncomingRecord } from '../ports.js';
import type { Permits } from './permits.js';

export interface PartitionReaderOptions {
  readonly position: number;
  readonly fetch: (from: number) => Promise<IncomingRecord[]>;
  readonly onRecords: (records: readonly IncomingRecord[]) => Promise<void>;
  readonly permits: Permits;
}

const idleMs = 60_000;

/** Reads one partition in order. A batch that fails is read again after a pause; the other partitions go on. */
export class PartitionReader {
  /** What the group's stored offset is known to have reached. */
  stored: number;
  private at: number;
  private end = 0;
  private readonly loop: Loop;

  constructor(private readonly options: PartitionReaderOptions) {
    this.at = options.position;
    this.stored = options.position;
    this.loop = new Loop(
      () => this.turn(),
      (_error, failures) => backOffMs(failures),
    );
  }

  get position(): number {
    return this.at;
  }

  growTo(end: number): void {
    this.end = Math.max(this.end, end);
    if (this.at >= this.end) return;
    this.loop.start();
    this.loop.poke();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async turn(): Promise<number> {
    if (this.at >= this.end) return idleMs;
    await this.options.permits.with(async () => {
      if (this.loop.isStopping) return;
      const { end } = this;
      const records = await this.options.fetch(this.at);
      const last = records.at(-1);
      if (last) await this.options.onRecords(records);
      // No record before the known end: retention has removed them.
      this.at = last ? last.offset + 1 : end;
    });
    return 0;
  }
}
