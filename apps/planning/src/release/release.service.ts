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
import { artifactOf, draftOf, environmentsOf, noEnvironment, rollbacksUnderWay } from './release.js';
import type { Person, Release, StageState } from './release.js';
import type { Delivered, ReleaseStore } from './release.store.js';
import { bySignalbox, byWatch } from './retreat.js';
import type { RollbackWish } from './retreat.js';
import { retryStage } from './retry.js';
import type { RetriedBy } from './retry.js';
import { rollbackAnswered, rollbackHeard } from './rollback-answer.js';
import { loadTakes } from './rollback.loader.js';
import { goesBackIn, requestRollback, requireNoOtherRollback } from './rollback.js';
import { cancelRelease, goesBackBeside } from './stop.js';
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
  delivered(application: string): Promise<Delivered[]> {
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
    return this.decideToEnd(id, (release, world) => cancelRelease(release, by, reason, world.now));
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
      if (!known.includes(wish.environment)) throw noEnvironment(state.application, wish.environment, known);
      requireNoOtherRollback(state, wish.environment);
      return this.takeBack(state, goesBackIn(state, wish.environment), wish);
    });
  }

  private async takeBack(
    release: Release,
    environments: readonly string[],
    wish: RollbackWish,
  ): Promise<Versioned<Release>> {
    const { takes, stays } = await loadTakes(this.sources, release, environments, wish);
    const changed = await this.decide(release.id, (current, world) => {
      const asked = requestRollback(current, takes, wish, world.now, stays);
      return asked.next === current ? asked : goOn(asked, world);
    });
    const underWay = rollbacksUnderWay(changed.state).map(({ environment }) => environment);
    for (const { slot } of takes)
      if (underWay.includes(slot.environment)) await this.quarantine(changed.state, slot.environment, wish.reason);
    return changed;
  }

  look(id: string): Promise<unknown> {
    return this.decideToEnd(id, (release, world) => {
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
  answered(result: StageResult): Promise<unknown> {
    let consequence: Consequence = {};
    const decision: Decide = (release, world) => {
      consequence = {};
      const rolledBack = rollbackAnswered(release, result, world.now);
      if (rolledBack.next !== release) return rolledBack;
      const answered = stageAnswered(release, result, world);
      consequence = consequenceOf(release, answered.next, result);
      return answered;
    };
    return this.decideToEnd(result.releaseId, decision, async (state) => {
      const { takenBackIn, rollBackIn } = consequence;
      await this.slots.observe(state, result);
      if (takenBackIn) await this.quarantine(state, takenBackIn, result.detail ?? 'taken back');
      if (rollBackIn) await this.rollBackByWatch(state, rollBackIn, result);
    });
  }

  private async rollBackByWatch(release: Release, environment: string, result: StageResult): Promise<void> {
    const reason = `watch failed: ${result.detail ?? 'no detail'}`;
    try {
      await this.rollBack(release.id, { environment, reason, by: byWatch });
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
  private decide(id: string, decision: Decide): Promise<Versioned<Release>> {
    return this.releases.change(id, async (release, now) => {
      const world = await loadWorld(this.sources, release, now);
      const { next, events, slots } = decision(release, world);
      await this.slots.carryOut(next, slots, world.slots, now);
      return { next, events };
    });
  }

  /**
   * A decision that may end a release with a canary that was taken back: where its phase was rolled out already it goes
   * back, too. `carry` is what is to be done before that.
   */
  private decideToEnd(
    id: string,
    decision: Decide,
    carry?: (release: Release) => Promise<void>,
  ): Promise<Versioned<Release>> {
    return this.database.runWithRetry(async () => {
      let environments: string[] = [];
      const changed = await this.decide(id, (release, world) => {
        const decided = decision(release, world);
        environments = goesBackBeside(release, decided.next);
        return decided;
      });
      await carry?.(changed.state);
      const [environment] = environments;
      if (environment === undefined) return changed;
      const reason = changed.state.cause?.detail ?? 'taken back';
      return this.takeBack(changed.state, environments, { environment, reason, by: bySignalbox });
    });
  }
}

type Decide = (release: Release, world: World) => Advance;

function nothing(release: Release): Advance {
  return { next: release, events: [], slots: [] };
}
