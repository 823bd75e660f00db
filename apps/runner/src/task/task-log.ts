const headLength = 5 * 1_048_576;
const tailLength = 5 * 1_048_576;
const chunkLength = 100_000;
const sendEveryMs = 500;

/** Sends one chunk, as often as it takes; false when nobody wants any more. */
export type SendChunk = (seq: number, text: string) => Promise<boolean>;

/**
 * Streams what a task prints. Of an endless output the head goes out as it comes, the tail when the task ends, and the
 * middle is dropped: memory stays bounded.
 */
export class TaskLog {
  private pending = '';
  private headLeft = headLength;
  private readonly tail: string[] = [];
  private tailSize = 0;
  private dropped = 0;
  private seq = 0;
  private wanted = true;
  private sending: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly send: SendChunk) {
    this.timer = setInterval(() => this.flush(), sendEveryMs);
  }

  write(text: string): void {
    const head = text.slice(0, this.headLeft);
    this.pending += head;
    this.headLeft -= head.length;
    if (head.length < text.length) this.keepTail(text.slice(head.length));
    if (this.pending.length >= chunkLength) this.flush();
  }

  /** Sends what is left; resolves when all has arrived or nobody wants it. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    if (this.dropped > 0) this.pending += `\n[${Math.ceil(this.dropped / 1_048_576)} MiB of output not kept]\n`;
    this.pending += this.tail.join('');
    this.flush();
    await this.sending;
  }

  private keepTail(text: string): void {
    this.tail.push(text);
    this.tailSize += text.length;
    while (this.tailSize > tailLength && this.tail.length > 1) {
      const gone = this.tail.shift()?.length ?? 0;
      this.tailSize -= gone;
      this.dropped += gone;
    }
  }

  private flush(): void {
    const text = this.pending;
    if (text === '') return;
    this.pending = '';
    this.sending = this.sendAfter(this.sending, text);
  }

  private async sendAfter(earlier: Promise<void>, text: string): Promise<void> {
    await earlier;
    for (let at = 0; at < text.length && this.wanted; at += chunkLength) {
      this.wanted = await this.send(this.seq, text.slice(at, at + chunkLength));
      this.seq += 1;
    }
  }
}
