import semver from 'semver';
import type { StageResult } from '@signalbox/domain';
import type { Release } from '../release/release.js';
import type { ReleaseStore } from '../release/release.store.js';
import type { SlotAction } from '../release/world.js';
import { giveBack, isDone, keep, observe, slotId, take, want } from './slot.js';
import type { Slot } from './slot.js';
import type { SlotStore } from './slot.store.js';

/** What it waits for it looks at again; else its own decision has seen to everything. */
function isBlocked({ stages }: Release): boolean {
  return Object.values(stages).some(({ status }) => status === 'blocked');
}

/** Slots as releases use them; each command joins the transaction of the release that gives it. */
export class SlotService {
  constructor(
    private readonly slots: SlotStore,
    private readonly releases: ReleaseStore,
  ) {}

  /** The newest version that runs in any environment of an application. */
  async newestLive(application: string): Promise<string | undefined> {
    const slots = await this.slots.select('application = $1', [application]);
    const versions = slots.flatMap(({ state }) => semver.valid(state.current?.version) ?? []);
    return semver.rsort(versions)[0];
  }

  /** What the deployer says is live is the slot's truth. */
  async observe(release: Release, result: StageResult): Promise<void> {
    const live = result.outputs?.live;
    const environment = /^(?:deploy|rollback)-(.+)$/.exec(result.stage)?.[1];
    if (!live || environment === undefined) return;
    await this.slots.change(slotId(release.application, environment), (slot) => observe(slot, live));
  }

  /** Does with slots what a release has decided, and wakes who may go on by it. @param known as they were, locked since */
  async carryOut(
    release: Release,
    actions: readonly SlotAction[],
    known: Readonly<Record<string, Slot>>,
    now: Date,
  ): Promise<void> {
    const touched = new Set<string>();
    for (const wish of actions) {
      const slot = touched.has(wish.environment) ? undefined : known[wish.environment];
      if (slot && isDone(slot, release.id, wish.action)) continue;
      touched.add(wish.environment);
      await this.act(release, wish, now);
    }
  }

  private async act(release: Release, { environment, action }: SlotAction, now: Date): Promise<void> {
    const id = slotId(release.application, environment);
    let wasHeld = false;
    const changed = await this.slots.change(id, (slot) => {
      wasHeld = slot.holder?.releaseId === release.id;
      if (action === 'take') return take(slot, release, now);
      if (action === 'keep') return keep(slot, release, now);
      return action === 'want' ? want(slot, release) : giveBack(slot, release.id);
    });
    const holder = changed.state.holder?.releaseId;
    if (action === 'want' && holder) this.releases.wakeAfterCommit({ releaseId: holder });
    if (action === 'give_back' && wasHeld)
      this.releases.wakeAfterCommit({
        application: release.application,
        ...(!isBlocked(release) && { besides: release.id }),
      });
  }
}
