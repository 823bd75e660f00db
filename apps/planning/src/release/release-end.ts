import type { Quarantine } from '@signalbox/domain';
import { nameOf } from './release.js';
import type { Release } from './release.js';

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
  const quarantined = quarantines.find(
    (entry) => entry.application === release.application && entry.version === release.version,
  );
  const did =
    release.rollback?.outcome === 'succeeded' ? `rolled back to ${release.rollback.targetVersion}` : endedBy(release);
  return {
    status: release.status,
    cause: cause ? `${cause.stage ? `${cause.stage}: ` : ''}${cause.detail}` : 'every stage succeeded',
    did: quarantined ? `${did}; quarantined for ${quarantined.environment ?? 'every environment'}` : did,
    next: nextFor(release, name, quarantined !== undefined),
  };
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
  return release.cause?.fix ?? 'release create';
}
