import { DomainError, releaseTransitions, stageTransitions } from '@signalbox/domain';
import type {
  Actor,
  Artifact,
  Blocker,
  Change,
  EffectiveManifest,
  Outcome,
  ReleaseStatus,
  Require,
  StageKind,
  StageOutputs,
  StageStatus,
} from '@signalbox/domain';

/** A person or machine, as far as a release must remember it. */
export interface Person {
  principal: string;
  name: string;
  /** `person` or `machine`; absent in releases of earlier builds. */
  kind?: string;
  emails: string[];
}

export interface Vote {
  principal: string;
  name: string;
  teams: string[];
  at: string;
  /** The hash of scope, plan and digest that was approved. */
  planHash: string;
  /** The approve stage it is for; absent in votes of before it counted: for all. */
  stage?: string;
}

export interface StageState {
  key: string;
  kind: StageKind;
  environment?: string;
  status: StageStatus;
  /** 0 until the first request. */
  attempt: number;
  /** Attempts that errored, of those that policy may repeat. */
  errored?: number;
  /** Who had it tried again. */
  retriedBy?: Actor;
  blockers: Blocker[];
  blockedSince?: string;
  /** Since when each of the blockers is there, by code; absent in what was blocked before it was kept: all of the time. */
  waitsSince?: Record<string, string>;
  requestedAt?: string;
  startedAt?: string;
  endedAt?: string;
  /** Last word of the executor on this attempt. */
  heardAt?: string;
  paused?: boolean;
  summary?: string;
  /** Not before then: a retry waits, or the executor named the time. */
  notBefore?: string;
  cancelling?: { reason: string; until: string };
  outcome?: Outcome | 'skipped';
  reason?: string;
  detail?: string;
  outputs?: StageOutputs;
}

export interface PlanGroup {
  stages: string[];
  require: Require;
}

/** A release taken back in an environment after its deployment there had ended. */
export interface Rollback {
  environment: string;
  reason: string;
  by: string;
  attempt: number;
  targetReleaseId: string;
  targetVersion: string;
  /** Newer than the target, and passed over as quarantined; newest first. */
  skipped?: string[];
  slotVersion: number;
  requestedAt: string;
  /** The deployer said that it works on it. */
  heardAt?: string;
  endedAt?: string;
  outcome?: Outcome;
  detail?: string;
  durationMs?: number;
  /** Its phase has enough without this environment: the release goes on. */
  goesOn?: true;
}

/** Where a release is still what runs although its phase was taken back. */
export interface Stay {
  environment: string;
  detail: string;
  command: string;
}

export interface Release {
  id: string;
  application: string;
  team: string;
  /** Empty while a draft. */
  version: string;
  channel: 'stable';
  status: ReleaseStatus;
  /** What was asked for. */
  wish: { ref?: string; version?: string; bump?: 'major' | 'minor' | 'patch'; notes?: string; dryRun: boolean };
  author: Person;
  /** Authors of the changes, by e-mail. */
  changeAuthors: string[];
  repository: { location: string; path: string; branch?: string };
  commit: string;
  base?: string;
  bump?: string;
  summary: string;
  notes: string;
  changes: Change[];
  definition?: EffectiveManifest;
  definitionVersion?: number;
  groups: PlanGroup[];
  stages: Record<string, StageState>;
  votes: Vote[];
  /** The last that was asked for. */
  rollback?: Rollback;
  /** Those of other environments: of the same phase, which go back at once (all have one `attempt`), or of before. */
  rollbacksBeside?: Rollback[];
  notTakenBack?: Stay[];
  cancelRequested?: { by: string; reason: string };
  /** Since when its planning has kept failing for reasons that are no answer. */
  troubledSince?: string;
  /** `releaseId` is another release that was in the way. */
  cause?: { code: string; detail: string; stage?: string; fix?: string; faults?: string[]; releaseId?: string };
  superseded?: boolean;
  tag?: { name: string; done: boolean; error?: string };
  createdAt: string;
  plannedAt?: string;
  startedAt?: string;
  endedAt?: string;
}

export function artifactOf(release: Release): Artifact | undefined {
  return release.stages['build']?.outputs?.artifact;
}

/** `shop@1.2.0`, as people name a release. */
export function nameOf(release: Release): string {
  return release.version === '' ? `${release.application} (draft)` : `${release.application}@${release.version}`;
}

/**
 * The environments that its stages reach, of which a phase that is approved is none; undefined while it is a draft and has
 * no stages.
 */
export function environmentsOf({ status, stages }: Release): string[] | undefined {
  if (status === 'draft') return undefined;
  return [
    ...new Set(
      Object.values(stages).flatMap(({ kind, environment }) => (kind === 'approve' ? [] : (environment ?? []))),
    ),
  ];
}

export function noEnvironment(whose: string, name: string, known: readonly string[]): DomainError {
  return new DomainError('not_found', `${whose} has no environment ${name}; it has ${known.join(', ') || 'none'}`);
}

export function isOver(release: Release): boolean {
  return !['draft', 'planned', 'running'].includes(release.status);
}

/** One of each environment. */
export function rollbacksOf({ rollback, rollbacksBeside = [] }: Rollbacks): Rollback[] {
  return rollback ? [rollback, ...rollbacksBeside] : [];
}

type Rollbacks = Pick<Release, 'rollback' | 'rollbacksBeside'>;

/** Those that the deployer has been asked for and has not answered. */
export function rollbacksUnderWay(release: Rollbacks): Rollback[] {
  return rollbacksOf(release).filter(({ endedAt }) => endedAt === undefined);
}

/** Whether a rollback is under way that will be the end of the release. */
export function isTakenBackNow(release: Rollbacks): boolean {
  return rollbacksUnderWay(release).some(({ goesOn }) => !goesOn);
}

/** What of a release occupies an executor now. */
export function isBusy(stage: StageState): boolean {
  return ['requested', 'running', 'cancelling'].includes(stage.status);
}

/** Changes a stage; a status that may not follow is a defect of the caller. */
export function withStage(release: Release, key: string, change: Partial<StageState>): Release {
  const stage = release.stages[key];
  if (!stage) throw new Error(`release ${release.id} has no stage ${key}`);
  const to = change.status ?? stage.status;
  if (to !== stage.status && !stageTransitions[stage.status].includes(to))
    throw new Error(`release ${release.id}: ${key} cannot go from ${stage.status} to ${to}`);
  return { ...release, stages: { ...release.stages, [key]: { ...stage, ...change } } };
}

/** Begins a stage anew: only its attempts are remembered. */
export function withFreshStage(release: Release, key: string, change: Partial<StageState>): Release {
  const checked = withStage(release, key, change);
  const { kind, environment, attempt } = checked.stages[key] as StageState;
  const fresh = { key, kind, ...(environment && { environment }), attempt, status: 'pending' as const, blockers: [] };
  return { ...checked, stages: { ...checked.stages, [key]: { ...fresh, ...change } } };
}

export function withStatus(release: Release, status: ReleaseStatus, change: Partial<Release> = {}): Release {
  if (!releaseTransitions[release.status].includes(status))
    throw new Error(`release ${release.id} cannot go from ${release.status} to ${status}`);
  return { ...release, ...change, status };
}

function placeIn({ path, branch }: EffectiveManifest['repository']): { path: string; branch?: string } {
  return { path, ...(branch !== undefined && { branch }) };
}

/** A release as it is asked for: nothing is known yet but who wants what. */
export function draftOf(
  application: { id: string; team: string; repository: string; definition: EffectiveManifest },
  wish: Release['wish'],
  author: Person,
  made: { id: string; at: Date },
): Release {
  return {
    id: made.id,
    application: application.id,
    team: application.team,
    version: '',
    channel: 'stable',
    status: 'draft',
    wish,
    author: { principal: author.principal, name: author.name, kind: author.kind, emails: author.emails },
    changeAuthors: [],
    repository: { location: application.repository, ...placeIn(application.definition.repository) },
    commit: '',
    summary: '',
    notes: '',
    changes: [],
    groups: [],
    stages: {},
    votes: [],
    createdAt: made.at.toISOString(),
  };
}
