import semver from 'semver';
import type { StageResult } from '@signalbox/domain';
import type { Release } from '../release/release.js';
import type { ReleaseStore } from '../release/release.store.js';
import type { SlotAction } from '../release/world.js';
import { giveBack, keep, observe, slotId, take, want } from './slot.js';
import type { SlotStore } from './slot.store.js';

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

  /** Does with a slot what a release has decided, and wakes who may go on by it. */
  async carryOut(release: Release, { environment, action }: SlotAction, now: Date): Promise<void> {
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
    if (action === 'give_back' && wasHeld) this.releases.wakeAfterCommit({ application: release.application });
  }
}
