import type { Blocker, StageOutputs } from '@signalbox/domain';
import { route } from './client.js';
import type { Client } from './client.js';
import { Failure } from './failure.js';
import { waitFor } from './wait.js';

export interface StageBody {
  key: string;
  kind: string;
  environment?: string;
  status: string;
  attempt: number;
  blockers: Blocker[];
  requestedAt?: string;
  startedAt?: string;
  endedAt?: string;
  summary?: string;
  reason?: string;
  detail?: string;
  outputs?: StageOutputs;
  /** Of one that asks for approval. */
  approvals?: { team: string; required: number; granted: number }[];
}

export interface RollbackBody {
  environment: string;
  /** Those that go back together have the same. */
  attempt?: number;
  requestedAt?: string;
  targetVersion: string;
  /** Versions that were passed over: their artifacts are quarantined there. */
  skipped?: string[];
  durationMs?: number;
  outcome?: string;
  detail?: string;
}

/** A release as the API shows it. */
export interface ReleaseBody {
  id: string;
  application: string;
  version: string;
  status: string;
  commit: string;
  base?: string;
  bump?: string;
  summary: string;
  notes: string;
  planHash: string;
  approvals: { team: string; required: number; granted: number }[];
  stages: StageBody[];
  cause?: { code: string; detail: string; stage?: string; fix?: string; faults?: string[]; releaseId?: string };
  rollback?: RollbackBody;
  /** In other environments, of its phase or asked for before. */
  rollbacksBeside?: RollbackBody[];
  /** Where it runs on although its phase was taken back. */
  notTakenBack?: { environment: string; detail: string; command: string }[];
  /** Of a list: what a watch has found and left to people. */
  alert?: string;
  /** That was to be pushed to the repository, where the definition asks for it. */
  tag?: { name: string; done: boolean; error?: string };
  plannedAt?: string;
  startedAt?: string;
  endedAt?: string;
  createdAt: string;
}

interface ApplicationBody {
  definition: { environments: Record<string, unknown> };
}

interface ListedRelease {
  id: string;
  version: string;
}

/** A first clone alone may take two minutes. */
const planWithinMs = 180_000;
/** Most plans take less than a second. */
const planPollMs = 50;

/** `shop@1.2.0`; one that was never planned has no version, and is named by its id. */
export function nameOf({ id, application, version }: { id: string; application: string; version: string }): string {
  return version === '' ? `${application} ${id}` : `${application}@${version}`;
}

export function isOver(release: { status: string }): boolean {
  return !['draft', 'planned', 'running'].includes(release.status);
}

/** One of each environment. */
export function rollbacksOf({ rollback, rollbacksBeside = [] }: ReleaseBody): RollbackBody[] {
  return rollback ? [rollback, ...rollbacksBeside] : [];
}

/** The rollback of an environment, and those of its phase that go back with it. */
export function rollbacksWith(release: ReleaseBody, environment: string): RollbackBody[] {
  const all = rollbacksOf(release);
  const asked = all.find((rollback) => rollback.environment === environment);
  return all.filter((rollback) => rollback === asked || rollback.attempt === asked?.attempt);
}

/** Finds a release by id or by `application@version`. */
export async function findRelease(client: Client, name: string): Promise<ReleaseBody> {
  if (name.startsWith('rel_')) return client.get<ReleaseBody>(route`/v1/releases/${name}`);
  const at = name.lastIndexOf('@');
  if (at <= 0) throw new Failure(2, `${name} does not name a release`, { fix: 'APPLICATION@VERSION or rel_…' });
  const [application, version] = [name.slice(0, at), name.slice(at + 1)];
  const [found] = await client.list<ListedRelease>('/v1/releases', { application, version });
  if (found) return client.get<ReleaseBody>(route`/v1/releases/${found.id}`);
  const all = await client.list<ListedRelease>('/v1/releases', { application });
  const have = all.map((item) => item.version).filter((known) => known !== '');
  throw new Failure(1, `no ${name}`, {
    lines: [`have: ${have.length > 0 ? have.join(', ') : `no releases of ${application}`}`],
  });
}

/** Which artifact it has; undefined: none yet. */
export function digestOf({ stages }: ReleaseBody): string | undefined {
  return stages.find(({ kind }) => kind === 'build')?.outputs?.artifact?.digest;
}

/** The release that runs in an environment. */
export async function currentRelease(client: Client, application: string, environment: string): Promise<ReleaseBody> {
  const slot = await client.get<{ current?: { releaseId: string } }>(route`/v1/slots/${application}/${environment}`);
  if (!slot.current) throw new Failure(1, `nothing runs in ${application} ${environment} yet`);
  return client.get<ReleaseBody>(route`/v1/releases/${slot.current.releaseId}`);
}

/** The newest release of an application that rolls out to an environment, or else is not over. */
export async function runningRelease(client: Client, application: string, environment: string): Promise<ReleaseBody> {
  const items = await client.list<ListedRelease>('/v1/releases', { application, status: 'running' });
  const releases = await Promise.all(items.map((item) => client.get<ReleaseBody>(route`/v1/releases/${item.id}`)));
  const rollsOut = (release: ReleaseBody) =>
    release.stages.some(({ key, status }) => key === `deploy-${environment}` && status === 'running');
  const rolling = releases.find(rollsOut) ?? releases[0];
  if (!rolling) {
    // A misspelt application has none running either; this answers that there is no such.
    const { definition } = await client.get<ApplicationBody>(route`/v1/applications/${application}`);
    const known = Object.keys(definition.environments);
    throw new Failure(
      1,
      known.includes(environment)
        ? `no release of ${application} is running`
        : `${application} has no environment ${environment}; it has ${known.join(', ')}`,
    );
  }
  return rolling;
}

export interface ReleaseWish {
  application: string;
  ref?: string;
  version?: string;
  bump?: string;
  notes?: string;
  dryRun?: boolean;
}

/**
 * Asks for a release and waits until its draft is planned or refused.
 * @throws Failure when somebody has cancelled it meanwhile
 */
export async function createRelease(client: Client, wish: ReleaseWish, withinMs = planWithinMs): Promise<ReleaseBody> {
  const { id } = await client.post<{ id: string }>('/v1/releases', wish);
  const planned = async () => {
    const release = await client.get<ReleaseBody>(route`/v1/releases/${id}`);
    if (release.plannedAt !== undefined) return release;
    if (!isOver(release)) return undefined;
    const why = release.cause ? `: ${release.cause.detail}` : '';
    throw new Failure(1, `${nameOf(release)} was ${release.status} before it was planned${why}`);
  };
  return waitFor('planning the release', withinMs, planned, planPollMs, `release get ${id} -w`);
}

/** Where several phases ask, the first of them. */
export function openApproval({ stages }: ReleaseBody): StageBody | undefined {
  return stages.find(({ kind, endedAt }) => kind === 'approve' && endedAt === undefined);
}

/** Says yes to the plan as it is now, in the phase that asks first. */
export async function approveRelease(client: Client, release: ReleaseBody): Promise<ReleaseBody> {
  const stage = openApproval(release)?.key;
  const seen = { planHash: release.planHash, ...(stage !== undefined && { stage }) };
  return client.post<ReleaseBody>(route`/v1/releases/${release.id}/approvals`, seen);
}

/** Asks the release again until a fact holds. */
export function untilRelease(
  client: Client,
  id: string,
  what: string,
  withinMs: number,
  holds: (release: ReleaseBody) => boolean,
): Promise<ReleaseBody> {
  return waitFor(what, withinMs, async () => {
    const release = await client.get<ReleaseBody>(route`/v1/releases/${id}`);
    return holds(release) ? release : undefined;
  });
}
