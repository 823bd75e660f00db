import type { Quarantine } from '@signalbox/domain';
import { artifactOf, nameOf } from './release.js';
import type { Release, StageState } from './release.js';

/** Of a watch that has failed where the definition asks to be alerted and nothing more. */
export const alertReason = 'watch_failed';

export interface ReleaseEnd {
  status: string;
  cause: string;
  did: string;
  next: string;
}

/** What became of a release that has ended, and what to do next. */
export function endOf(release: Release, quarantines: readonly Quarantine[]): ReleaseEnd {
  const name = nameOf(release);
  const { cause } = release;
  const digest = artifactOf(release)?.digest;
  // An artifact is in quarantine once, maybe under another version that has it too.
  const quarantined = quarantines.find(
    (entry) =>
      entry.application === release.application && (entry.version === release.version || entry.digest === digest),
  );
  const did =
    release.rollback?.outcome === 'succeeded' ? `rolled back to ${release.rollback.targetVersion}` : endedBy(release);
  return {
    status: release.status,
    cause: cause
      ? `${cause.stage ? `${cause.stage}: ` : ''}${cause.detail}`
      : (alertOf(release) ?? 'every stage succeeded'),
    did: quarantined ? `${did}; quarantined for ${quarantined.environment ?? 'every environment'}` : did,
    next: nextFor(release, name, quarantined !== undefined),
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

function endedBy(release: Release): string {
  const taken = Object.values(release.stages).find((stage) => stage.outputs?.rollback?.exposed);
  const target = taken?.outputs?.rollback?.target;
  if (taken) return `rolled back${target ? ` to ${target}` : ''} in ${taken.environment}`;
  return release.status === 'completed' ? 'released' : release.status.replace('_', ' ');
}

function nextFor(release: Release, name: string, isQuarantined: boolean): string {
  if (isQuarantined) return `fix it and release create; or release allow ${name} --env ENV --reason R`;
  if (release.status === 'failed' && release.cause?.stage)
    return `fix it and release create; or release retry ${name} --stage ${release.cause.stage} --reason R`;
  const [alert] = alertsOf(release);
  if (alert && release.status === 'completed')
    return `fix it and release create; or, while it is live, rollback ${release.application} --env ${alert.environment} --reason R`;
  return release.cause?.fix ?? 'release create';
}
