import type { Release } from './release.js';
import { alertOf } from './release-end.js';

/** A release as lists show it. */
export type ReleaseSummary = Pick<
  Release,
  'id' | 'application' | 'version' | 'status' | 'commit' | 'summary' | 'createdAt' | 'startedAt' | 'endedAt' | 'cause'
> & {
  /** By name. */
  author: string;
  /** What somebody must look at although it has ended. */
  alert?: string;
};

export function summaryOf(release: Release): ReleaseSummary {
  const { id, application, version, status, commit, summary, author, createdAt, startedAt, endedAt, cause } = release;
  const alert = alertOf(release);
  return {
    id,
    application,
    version,
    status,
    commit,
    summary,
    author: author.name,
    createdAt,
    startedAt,
    endedAt,
    cause,
    ...(alert !== undefined && { alert }),
  };
}
