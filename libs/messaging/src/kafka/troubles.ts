import type { Logger } from '../ports.js';

/** Where something may go wrong for a while. */
export type Place = 'topics' | 'sending' | 'reading';

interface Trouble {
  readonly message: string;
  readonly at: number;
}

/** Another replica may have taken over what failed here, so that nobody would tell that it is over. */
const forgottenAfterMs = 60_000;

/** What keeps a broker's client from its work now, told once when it begins and once when it is over. */
export class Troubles {
  private readonly current = new Map<Place, Trouble>();

  constructor(private readonly logger: Logger | undefined) {}

  note(place: Place, error: Error): void {
    const { message } = error;
    const known = this.current.get(place);
    this.current.set(place, { message, at: Date.now() });
    if (known?.message !== message) this.logger?.error({ place, trouble: message }, 'trouble with Kafka');
  }

  over(place: Place): void {
    if (this.current.delete(place)) this.logger?.info({ place }, 'the trouble with Kafka is over');
  }

  /** What is wrong now, in words. */
  get message(): string | undefined {
    const since = Date.now() - forgottenAfterMs;
    const messages = [...this.current.values()].filter(({ at }) => at > since).map(({ message }) => message);
    return messages.length === 0 ? undefined : [...new Set(messages)].join('. ');
  }
}
