/**
 * Calls `work` again and again until stopped. `work` answers how many milliseconds to wait before the next time;
 * a poke ends the wait at once. An error is given to `onError`, which answers the wait.
 */
export class Loop {
  private stopping = false;
  private poked = false;
  private wake: (() => void) | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly work: () => Promise<number>,
    private readonly onError: (error: unknown, failures: number) => number,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  poke(): void {
    this.poked = true;
    this.wake?.();
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Resolves when the call in progress has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.poke();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      this.poked = false;
      let waitMs: number;
      try {
        waitMs = await this.work();
        failures = 0;
      } catch (error) {
        failures += 1;
        waitMs = this.onError(error, failures);
        // Pokes come with every commit and must not cut a back-off short.
        this.poked = false;
      }
      await this.wait(waitMs, failures === 0);
    }
  }

  private async wait(ms: number, canBePoked: boolean): Promise<void> {
    if (this.stopping || ms <= 0 || (canBePoked && this.poked)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        if (!canBePoked && !this.stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}

/**
 * Milliseconds to wait after so many failures in a row: 250, doubled with each up to `mostMs`. Two seconds by default:
 * it is added to every outage, and one attempt costs a connection.
 */
export function backOffMs(failures: number, mostMs = 2_000): number {
  return Math.min(250 * 2 ** (failures - 1), mostMs);
}
