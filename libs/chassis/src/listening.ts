import type { Messaging } from '@signalbox/messaging';

/** Since when this process hears everything: a silence before that is its own, not the other side's. */
export class Listening {
  private heardSince: Date | undefined;

  constructor(private readonly messaging: Messaging) {}

  /** Undefined until everything that was in the log at the start has been applied. */
  since(): Date | undefined {
    if (this.messaging.isCaughtUp()) this.heardSince ??= new Date();
    return this.heardSince;
  }
}
