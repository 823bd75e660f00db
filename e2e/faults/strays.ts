import type { Entry } from './ledger.js';
import type { World } from './world.js';

/**
 * Releases whose answer was not waited for. One that comes late may find a newer version live, and waits for a person then:
 * whoever reads why does what it says, and cancels it.
 */
export class Strays {
  private readonly wishes = new Set<string>();
  private readonly cancelled = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly cancel: (releaseId: string) => Promise<unknown>,
  ) {}

  add({ application, version }: Entry): void {
    this.wishes.add(`${application}@${version}`);
  }

  /** Cancels what has been overtaken; does not wait until that is done. */
  async look(): Promise<void> {
    if (this.wishes.size === 0) return;
    const rows = await this.world.database('planning').query<{ id: string }>(
      `SELECT id FROM release WHERE status = 'running' AND application || '@' || (state->'wish'->>'version') = ANY($1)
         AND state->'stages' @? '$.*.blockers[*] ? (@.code == "would_downgrade")'`,
      [[...this.wishes]],
    );
    for (const { id } of rows) {
      if (this.cancelled.has(id)) continue;
      this.cancelled.add(id);
      void this.cancel(id);
    }
  }
}
