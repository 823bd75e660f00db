import type { AuditedDatabase } from './audit.js';
import type { Entry, Ledger } from './ledger.js';

interface Overtaken {
  readonly id: string;
  readonly wish: string;
}

/**
 * Releases whose answer was not waited for. One that comes late may find a newer version live, and waits for a person then:
 * whoever reads why does what it says, and cancels it.
 */
export class Strays {
  private readonly entries = new Map<string, Entry>();
  private readonly asking = new Map<string, Promise<void>>();

  constructor(
    private readonly planning: AuditedDatabase,
    private readonly ledger: Ledger,
    /** @returns the status of the answer */
    private readonly cancel: (releaseId: string) => Promise<number>,
  ) {}

  add(entry: Entry): void {
    this.entries.set(`${entry.application}@${entry.version}`, entry);
  }

  /** Asks to cancel what has been overtaken, again where that was refused; does not wait until it is done. */
  async look(): Promise<void> {
    if (this.entries.size === 0) return;
    const rows = await this.planning.query<Overtaken>(
      `SELECT id, application || '@' || (state->'wish'->>'version') AS wish FROM release
       WHERE status = 'running' AND application || '@' || (state->'wish'->>'version') = ANY($1)
         AND state->'stages' @? '$.*.blockers[*] ? (@.code == "would_downgrade")'`,
      [[...this.entries.keys()]],
    );
    for (const { id, wish } of rows) {
      const entry = this.entries.get(wish);
      if (!entry || this.asking.has(id) || !this.isOvertaken(entry)) continue;
      const asked = this.cancel(id).then((status) => void (status >= 300 && this.asking.delete(id)));
      this.asking.set(id, asked);
    }
  }

  /** Resolves when nothing is being asked. */
  async settle(): Promise<void> {
    await Promise.all(this.asking.values());
  }

  /** A wrong block is nobody's to cancel: it would go unseen. */
  private isOvertaken({ application, version }: Entry): boolean {
    const isLater = (other: Entry) => numberOf(other) > numberOf({ version });
    return this.ledger.entries.some(
      (other) => other.application === application && other.status === 'completed' && isLater(other),
    );
  }
}

/** `1.463.0` is the 463rd. */
function numberOf({ version }: Pick<Entry, 'version'>): number {
  return Number(version.split('.')[1]);
}
