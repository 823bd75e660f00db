import { DomainError } from '@signalbox/domain';
import type { EventDraft, StageResult } from '@signalbox/domain';
import type { Database, Versioned } from '@signalbox/persistence';
import { v7 as uuid } from 'uuid';
import type { Application } from '../application/application.js';
import type { GateService } from '../gate/gate.service.js';
import type { SlotService } from '../slot/slot.service.js';
import type { Advance } from './advance.js';
import { goOn } from './advance.js';
import { consequenceOf, stageAnswered, stageHeard } from './answer.js';
import type { Answer, Consequence } from './answer.js';
import { approve } from './approval.js';
import type { Seen, Voter } from './approval.js';
import { look } from './look.js';
import { promote } from './promotion.js';
import type { Promotion } from './promotion.js';
import { artifactOf, draftOf, environmentsOf, noEnvironment } from './release.js';
import type { Person, Release, StageState } from './release.js';
import type { ReleaseStore } from './release.store.js';
import { requireRollable, requestRollback, rollbackAnswered, rollbackHeard, rollbackTarget } from './rollback.js';
import type { RollbackWish } from './rollback.js';
import { retryStage } from './retry.js';
import type { RetriedBy } from './retry.js';
import { cancelRelease } from './stop.js';
import { makeWay } from './supersede.js';
import { tagged } from './tag.js';
import { loadWorld } from './world.loader.js';
import type { WorldSources } from './world.loader.js';
import type { World } from './world.js';

/** The only place that advances a release. */
export class ReleaseService {
  private readonly releases: ReleaseStore;

  constructor(
    private readonly database: Database,
    private readonly sources: WorldSources,
    private readonly gates: GateService,
    private readonly slots: SlotService,
  ) {
    this.releases = sources.releases;
  }

  get(id: string): Promise<Versioned<Release>> {
    return this.releases.get(id);
  }

  async create(application: Application, wish: Release['wish'], author: Person): Promise<Versioned<Release>> {
    const made = { id: `rel_${uuid()}`, at: await this.database.now() };
    return this.releases.create(draftOf(application, wish, author, made), []);
  }

  /** Releases whose repository has to be read or tagged. */
  due(): Promise<string[]> {
    return this.releases.due();
  }

  /** Versions of the application that are used up. */
  takenVersions(application: string): Promise<Set<string>> {
    return this.releases.takenVersions(application);
  }

  /** The planned release of this commit that has not ended. */
  findUnderway(application: string, commit: string): Promise<{ id: string; version: string } | undefined> {
    return this.releases.findUnderway(application, commit);
  }

  /** Releases that users have had, newest first: where the next scope may begin. */
  delivered(application: string): Promise<Versioned<Release>[]> {
    return this.releases.delivered(application);
  }

  /** Which of these environments have rules of the server's. */
  async guarded(environments: readonly string[]): Promise<string[]> {
    const rules = await this.sources.protections.rulesOf(environments);
    return environments.filter((name) => (rules[name]?.length ?? 0) > 0);
  }

  /** @param error why the tag could not be pushed; absent when it has been */
  tagged(id: string, error?: string): Promise<Versioned<Release>> {
    return this.releases.change(id, (release) => tagged(release, error));
  }

  /** A draft has been planned, or could not be; from here on it moves by itself. */
  settleDraft(
    id: string,
    settle: (release: Release, now: Date) => { next: Release; events: EventDraft[] },
  ): Promise<Versioned<Release>> {
    return this.decide(id, (release, world) => {
      if (release.status !== 'draft' || release.plannedAt) return nothing(release);
      return goOn({ ...settle(release, world.now), slots: [] }, world);
    });
  }

  approve(id: string, voter: Voter, seen: Seen): Promise<Versioned<Release>> {
    return this.decide(id, (release, world) => {
      const voted = approve(release, voter, seen, world.protection, world.now);
      return goOn({ next: voted.next, events: [...voted.events], slots: [] }, world);
    });
  }

  cancel(id: string, by: string, reason: string): Promise<Versioned<Release>> {
    return this.decide(id, (release, world) => cancelRelease(release, by, reason, world.now));
  }

  retry(id: string, stage: string, by: RetriedBy): Promise<Versioned<Release>> {
    return this.decide(id, (release, world) => goOn(nothing(retryStage(release, stage, by, world.slots)), world));
  }

  /** Tells the deployer to go past the step its rollout waits at. */
  promote(id: string, promotion: Promotion): Promise<Versioned<Release>> {
    return this.decide(id, (release) => promote(release, promotion));
  }

  /** Takes a deployed release back to what ran before, and quarantines its digest, in one transaction. */
  rollBack(id: string, wish: RollbackWish): Promise<Versioned<Release>> {
    return this.database.runWithRetry(async () => {
      await this.releases.lock([id]);
      const { state } = await this.releases.get(id);
      const known = environmentsOf(state) ?? [];
      // Asked for by a name that is wrong, a slot would be made.
      const slots = known.includes(wish.environment)
        ? await this.sources.slots.locked(state.application, [wish.environment])
        : {};
      const slot = slots[wish.environment];
      if (!slot) throw noEnvironment(state.application, wish.environment, known);
      // What stands in the way counts before what there is to go back to.
      requireRollable(state, slot);
      const { quarantines } = await this.sources.gates.reference(state.application);
      const target = await this.releases.get(rollbackTarget(slot, wish, quarantines).releaseId);
      const changed = await this.decide(id, (release, world) =>
        requestRollback(release, target.state, slot, wish, world.now),
      );
      await this.quarantine(changed.state, wish.environment, wish.reason);
      return changed;
    });
  }

  look(id: string): Promise<unknown> {
    return this.decide(id, (release, world) => {
      const way = makeWay(release, world);
      const seen = look(way.next, world);
      return { next: seen.next, events: [...way.events, ...seen.events], slots: [...way.slots, ...seen.slots] };
    });
  }

  /** An executor has started, or reports progress. */
  heard(releaseId: string, answer: Answer & Partial<StageState>): Promise<unknown> {
    return this.releases.change(releaseId, (release, now) => ({
      next: rollbackHeard(stageHeard(release, answer, now), answer, now),
      events: [],
    }));
  }

  /** An executor has finished an attempt. */
  async answered(result: StageResult): Promise<void> {
    await this.database.runWithRetry(async () => {
      let consequence: Consequence = {};
      const { state } = await this.decide(result.releaseId, (release, world) => {
        const rolledBack = rollbackAnswered(release, result, world.now);
        if (rolledBack.next !== release) return rolledBack;
        const answered = stageAnswered(release, result, world);
        consequence = consequenceOf(release, answered.next, result);
        return answered;
      });
      const { takenBackIn, rollBackIn } = consequence;
      await this.slots.observe(state, result);
      if (takenBackIn) await this.quarantine(state, takenBackIn, result.detail ?? 'taken back');
      if (rollBackIn) await this.rollBackByWatch(state, rollBackIn, result);
    });
  }

  private async rollBackByWatch(release: Release, environment: string, result: StageResult): Promise<void> {
    const reason = `watch failed: ${result.detail ?? 'no detail'}`;
    try {
      await this.rollBack(release.id, { environment, reason, by: 'monitor' });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // Nothing to go back to: the release ends as failed and says why.
      await this.decide(release.id, (current, world) => goOn(nothing(current), world));
    }
  }

  private async quarantine(release: Release, environment: string, reason: string): Promise<void> {
    const artifact = artifactOf(release);
    if (artifact) await this.gates.quarantine(release, artifact.digest, environment, reason);
  }

  /** Loads the release and its world, decides, and carries out what the decision asks of slots: one transaction. */
  private decide(id: string, decision: (release: Release, world: World) => Advance): Promise<Versioned<Release>> {
    return this.releases.change(id, async (release, now) => {
      const world = await loadWorld(this.sources, release, now);
      const { next, events, slots } = decision(release, world);
      await this.slots.carryOut(next, slots, world.slots, now);
      return { next, events };
    });
  }
}

function nothing(release: Release): Advance {
  return { next: release, events: [], slots: [] };
}
