import { appendFileSync } from 'node:fs';

/** `unknown`: no answer came, or one that does not say whether anything happened. */
export type Result = 'ok' | 'fail' | 'unknown';

/** One command of a client, written down before it was sent. */
export interface Entry {
  /** The Idempotency-Key, made by the client. */
  readonly id: string;
  readonly application: string;
  readonly version: string;
  result?: Result;
  /** What `ok` has answered. */
  releaseId?: string;
  /** What else the same key was answered when it was sent again. */
  answeredAgain?: string;
  /** How it may end; by default it must complete. */
  mayEnd?: readonly string[];
  /** How the release has ended. */
  status?: string;
  detail?: string;
}

/** What clients wanted and what they were told, kept in a file that outlives the run. */
export class Ledger {
  readonly entries: Entry[] = [];

  constructor(private readonly file: string) {}

  intend(entry: Entry): Entry {
    this.entries.push(entry);
    this.write({ intent: entry });
    return entry;
  }

  note(entry: Entry, news: Partial<Entry>): void {
    Object.assign(entry, news);
    this.write({ id: entry.id, ...news });
  }

  say(line: object): void {
    this.write(line);
  }

  private write(line: object): void {
    appendFileSync(this.file, `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`);
  }
}
