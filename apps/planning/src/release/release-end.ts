import { stageKey } from '@signalbox/domain';
import type { Quarantine } from '@signalbox/domain';
import { artifactOf, nameOf, rollbacksOf, rollbacksUnderWay } from './release.js';
import type { Release, Rollback, StageState } from './release.js';

/** Of a watch that has failed where the definition asks to be alerted and nothing more. */
export const alertReason = 'watch_failed';

export interface ReleaseEnd {
  status: string;
  cause: string;
  did: string;
  next: string;
}

/**
 * What became of a release that has ended, and what to do next.
 * @param live the environments that it runs in now
 */
export function endOf(release: Release, quarantines: readonly Quarantine[], live: readonly string[] = []): ReleaseEnd {
  const name = nameOf(release);
  const { cause } = release;
  const digest = artifactOf(release)?.digest;
  // An artifact is in quarantine once, maybe under another version that has it too.
  const entries = quarantines
    .filter((entry) => entry.application === release.application)
    .filter((entry) => entry.version === release.version || entry.digest === digest);
  const quarantined = [...new Set(entries.map(({ environment }) => environment))];
  const where = quarantined.map((environment) => environment ?? 'every environment').join(', ');
  const did = [...deliveredBy(release), ...goneBack(release), ...notGoneBack(release), ...left(release, live)].join(
    '; ',
  );
  return {
    status: release.status,
    cause: cause
      ? `${cause.stage ? `${cause.stage}: ` : ''}${cause.detail}`
      : (alertOf(release) ?? lackOf(release) ?? 'every stage succeeded'),
    did: quarantined.length > 0 ? `${did}; quarantined for ${where}` : did,
    next: nextFor(release, name, quarantined),
  };
}

/** What failed watches have alerted to, though the release went on: `monitor-production: alert: watch FAILED: …`. */
export function alertOf(release: Release): string | undefined {
  const alerts = alertsOf(release).map(({ key, detail }) => `${key}: ${detail ?? alertReason}`);
  return alerts.length === 0 ? undefined : alerts.join('; ');
}

function alertsOf({ stages }: Release): StageState[] {
  return Object.values(stages).filter(
    ({ kind, status, reason }) => kind === 'monitor' && status === 'succeeded' && reason === alertReason,
  );
}

/** What a phase had enough without. */
function lackOf(release: Release): string | undefined {
  const failed = Object.values(release.stages).filter(
    ({ kind, status }) => ['deploy', 'test', 'monitor'].includes(kind) && ['failed', 'errored'].includes(status),
  );
  const lacks = failed.map(({ key, status, reason, detail }) => `${key}: ${detail ?? reason ?? status}`);
  return lacks.length === 0 ? undefined : lacks.join('; ');
}

/** Nothing where all that there is to say is where it went back. */
function deliveredBy(release: Release): string[] {
  if (release.status === 'completed') return ['released'];
  const { status } = release;
  const isSaid = goneBack(release).length > 0;
  return isSaid ? [] : [status.replace('_', ' ')];
}

/** `rolled back to 0.9.0 in eu, to 0.9.0 in us`. */
function goneBack(release: Release): string[] {
  const early = takenBackStages(release).map(({ environment, outputs }) => {
    const target = outputs?.rollback?.target;
    return `${target ? `to ${target} ` : ''}in ${environment}`;
  });
  const later = lastRollbacks(release).filter(({ outcome }) => outcome === 'succeeded');
  const isAlone = early.length === 0 && later.length === 1 && later[0] === release.rollback && !isPartOfMore(release);
  const where = ({ environment, targetVersion }: Rollback) =>
    isAlone ? `to ${targetVersion}` : `to ${targetVersion} in ${environment}`;
  const all = [...early, ...later.map(where)];
  return all.length === 0 ? [] : [`rolled back ${all.join(', ')}`];
}

function takenBackStages({ stages }: Release): StageState[] {
  return Object.values(stages).filter((stage) => stage.outputs?.rollback?.exposed);
}

/** Where the release was tried again since, that is what counts. */
function lastRollbacks(release: Release): Rollback[] {
  const stages = Object.values(release.stages);
  return rollbacksOf(release).filter(
    (rollback) =>
      !stages.some(
        ({ environment, requestedAt = '' }) =>
          environment === rollback.environment && requestedAt > rollback.requestedAt,
      ),
  );
}

function isPartOfMore(release: Release): boolean {
  return rollbacksOf(release).length + (release.notTakenBack?.length ?? 0) > 1 || release.rollback?.goesOn === true;
}

/** Where it runs on although it was to go back, and what a person may do there. */
function notGoneBack(release: Release): string[] {
  const { application, version } = release;
  const underWay = rollbacksUnderWay(release);
  const failed = lastRollbacks(release).filter(({ outcome }) => outcome !== undefined && outcome !== 'succeeded');
  return [
    ...underWay.map(({ environment, targetVersion }) => `${environment} goes back to ${targetVersion}`),
    ...failed.map(
      ({ environment, outcome, detail }) =>
        `${environment} is not rolled back (${detail ?? outcome}): rollback ${application} --env ${environment} --reason R`,
    ),
    ...(release.notTakenBack ?? []).map(
      ({ environment, detail, command }) => `${environment} still runs ${version} (${detail}): ${command}`,
    ),
  ];
}

/** Where users still have what was cancelled, or has failed. */
function left(release: Release, live: readonly string[]): string[] {
  if (release.status !== 'cancelled' && release.status !== 'failed') return [];
  const { application, version, definition } = release;
  const told = [...rollbacksOf(release), ...(release.notTakenBack ?? [])].map(({ environment }) => environment);
  return live
    .filter(
      (environment) => definition?.environments[environment]?.tier === 'production' && !told.includes(environment),
    )
    .map((environment) => {
      const hasPassed = release.stages[stageKey('monitor', environment)]?.status === 'succeeded';
      return `${environment} runs ${version}${hasPassed ? '' : ', unwatched'}: rollback ${application} --env ${environment} --reason R`;
    });
}

/** @param quarantined the environments; undefined among them: every one */
function nextFor(release: Release, name: string, quarantined: readonly (string | undefined)[]): string {
  const allows = quarantined.map((environment = 'ENV') => `release allow ${name} --env ${environment} --reason R`);
  if (allows.length > 0) return `fix it and release create; or ${allows.join(', ')}`;
  if (release.status === 'failed' && release.cause?.stage)
    return `fix it and release create; or release retry ${name} --stage ${release.cause.stage} --reason R`;
  const [alert] = alertsOf(release);
  if (alert && release.status === 'completed')
    return `fix it and release create; or, while it is live, rollback ${release.application} --env ${alert.environment} --reason R`;
  return release.cause?.fix ?? 'release create';
}
