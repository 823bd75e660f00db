import type { Writable } from 'node:stream';

/** Hands pieces on, each after its delay, and in their order whatever the delays are: no network changes that of a stream. */
export class DelayedStream {
  private readonly waiting: { piece: Buffer; dueAt: number }[] = [];

  constructor(private readonly to: Pick<Writable, 'write' | 'writable'>) {}

  write(piece: Buffer, delayMs: number): void {
    if (delayMs === 0 && this.waiting.length === 0) return this.handOn(piece);
    this.waiting.push({ piece, dueAt: performance.now() + delayMs });
    if (this.waiting.length === 1) this.goOn();
  }

  private goOn(): void {
    const [first] = this.waiting;
    if (first) setTimeout(() => this.handOnDue(), Math.max(0, first.dueAt - performance.now()));
  }

  private handOnDue(): void {
    const now = performance.now();
    const due = this.waiting.findIndex(({ dueAt }) => dueAt > now);
    for (const { piece } of this.waiting.splice(0, due === -1 ? this.waiting.length : due)) this.handOn(piece);
    this.goOn();
  }

  private handOn(piece: Buffer): void {
    if (this.to.writable) this.to.write(piece);
  }
}
