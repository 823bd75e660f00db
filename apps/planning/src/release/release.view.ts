import { hasEnded, releaseStatuses } from '@signalbox/domain';
import type { Blocker } from '@signalbox/domain';
import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { ParkedEvents, ParkedKey } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import { ruleStates } from './approval.js';
import { planHash } from './plan.js';
import { nameOf } from './release.js';
import type { Release, StageState } from './release.js';
import { endOf } from './release-end.js';
import type { ReleaseEnd } from './release-end.js';
import { summaryOf } from './release-summary.js';
import type { ReleaseSummary } from './release-summary.js';
import type { Approvals, ShownRelease, ShownStage } from './shown-release.js';
import { withSilence } from './silence.js';
import type { WorldSources } from './world.loader.js';

export const releaseListRules: ListRules = {
  filters: {
    application: { column: 'application', kind: 'text' },
    version: { column: 'app_version', kind: 'text' },
    status: { column: 'status', kind: 'text', values: releaseStatuses },
    createdAt: { column: 'created_at', kind: 'time' },
  },
  // Ids are drawn in the order of creation, and exact where times are cut to milliseconds.
  sorts: { createdAt: 'id' },
  defaultSort: '-createdAt',
};

/** Why a release does not move, or what became of it. */
export interface Why {
  release: string;
  state: 'moving' | 'blocked' | 'ended';
  stage?: string;
  since?: string;
  blockers: Blocker[];
  ended?: ReleaseEnd;
}

const listing: Listing<Release, ReleaseSummary> = {
  table: 'release',
  // A look at what a release would be is none. Were it sought in the state, PostgreSQL would expect few to be left, and
  // read all of an application to sort them.
  where: 'NOT dry_run',
  owner: {
    application: 'release.application',
    // Whose it is now, asked for only where a caller's right is of a team.
    team: '(SELECT team FROM application WHERE application.id = release.application)',
  },
  sortValue: (row) => row.id,
  show: summaryOf,
};

/** Releases in the shape screens and clients read. */
export class ReleaseView {
  constructor(
    private readonly database: Database,
    private readonly sources: WorldSources,
    private readonly parked: Pick<ParkedEvents, 'list'>,
  ) {}

  list(query: ListQuery, identity: Identity): Promise<Page<ReleaseSummary>> {
    return listVisible(this.database, listing, query, identity);
  }

  async show(release: Release): Promise<ShownRelease> {
    const { stages: _, definition: __, votes: ___, ...rest } = release;
    return { ...rest, ...(await this.approvals(release)) };
  }

  async why(release: Release): Promise<Why> {
    const name = nameOf(release);
    if (['completed', 'failed', 'rolled_back', 'cancelled'].includes(release.status)) {
      const [{ quarantines }, live] = await Promise.all([
        this.sources.gates.reference(release.application),
        this.sources.slots.whereLive(release),
      ]);
      return { release: name, state: 'ended', blockers: [], ended: endOf(release, quarantines, live) };
    }
    const heard = { now: await this.database.now(), hearsSince: this.sources.hearsSince() };
    const stages = orderedStages(release).map((stage) => withSilence(release, stage, heard));
    const waiting = stages.filter((stage) => stage.blockers.length > 0);
    const parked = (await this.parked.list({ key: release.id })).filter(({ state }) => state === 'parked');
    const blockers = [...parked.map(parkedBlocker), ...waiting.flatMap((stage) => stage.blockers)];
    if (blockers.length === 0) return { release: name, state: 'moving', blockers };
    const stage = waiting[0] ?? stages.find(({ status }) => !hasEnded(status));
    const since = waiting[0]
      ? (waiting[0].blockedSince ?? waiting[0].startedAt ?? waiting[0].requestedAt)
      : parked[0]?.since.toISOString();
    return {
      release: name,
      state: 'blocked',
      blockers: blockers.sort((a, b) => (a.liftsAt ?? '9').localeCompare(b.liftsAt ?? '9')),
      ...(stage && { stage: stage.key }),
      ...(since && { since }),
    };
  }

  private async approvals(release: Release): Promise<Approvals> {
    const hash = planHash(release);
    const environments = Object.values(release.stages).flatMap((stage) => stage.environment ?? []);
    const protection = await this.sources.protections.rulesOf(environments);
    const stages = orderedStages(release).map((stage): ShownStage =>
      stage.kind === 'approve' ? { ...stage, approvals: ruleStates(release, stage.key, protection) } : stage,
    );
    // Where there are several, the one that is next.
    const asked = stages.filter((stage) => stage.kind === 'approve');
    const approve = asked.find(({ status }) => !hasEnded(status)) ?? asked.at(-1);
    const votes = release.votes
      .filter((vote) => vote.planHash === hash)
      .map(({ name, at, stage }) => ({ name, at, ...(stage && { stage }) }));
    return { planHash: hash, approvals: approve?.approvals ?? [], votes, stages };
  }
}

/** What planning could not apply, and holds back with all that follows it. */
function parkedBlocker({ topic, key, events, error }: ParkedKey): Blocker {
  return {
    code: 'events_parked',
    detail: `${events} ${events === 1 ? 'event' : 'events'} of ${topic}: ${error ?? 'cannot be applied'}`,
    who: 'operator',
    command: `parked redrive planning --topic ${topic} --key ${key}`,
  };
}

function orderedStages(release: Release): StageState[] {
  return release.groups.flatMap((group) => group.stages).flatMap((key) => release.stages[key] ?? []);
}
