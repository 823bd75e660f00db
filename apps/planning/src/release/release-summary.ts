import type { Release } from './release.js';
import { alertOf } from './release-end.js';

/** A release as lists show it. */
export function summaryOf(release: Release): object {
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
