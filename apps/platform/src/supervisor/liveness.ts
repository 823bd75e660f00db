const askEveryMs = 5_000;
/** A minute: more than any pause that a healthy process makes, and as long as an operator would wait. */
const unanswered = 12;
/** In words, of one that was killed for it. */
export const hungInWords = `has not answered for ${(unanswered * askEveryMs) / 1000} s and is killed`;

/** Asks a process that has answered once whether it still does: one that hangs never ends by itself. */
export class Liveness {
  private timer: NodeJS.Timeout | undefined;
  private silent = 0;
  private hasAnswered = false;

  /**
   * @param answers never throws, and gives up by itself
   * @param onHung called once, when it has not answered for a minute; counted in questions, so that a machine that
   * sleeps hangs nobody
   */
  constructor(
    private readonly answers: () => Promise<boolean>,
    private readonly onHung: () => void,
    private readonly everyMs = askEveryMs,
  ) {}

  watch(): void {
    this.end();
    [this.silent, this.hasAnswered] = [0, false];
    const timer = setInterval(() => void this.ask(timer), this.everyMs).unref();
    this.timer = timer;
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async ask(timer: NodeJS.Timeout): Promise<void> {
    const isAnswered = await this.answers();
    if (this.timer !== timer) return;
    this.hasAnswered ||= isAnswered;
    this.silent = isAnswered || !this.hasAnswered ? 0 : this.silent + 1;
    if (this.silent < unanswered) return;
    this.end();
    this.onHung();
  }
}
