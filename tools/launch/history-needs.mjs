import { spawnSync } from 'node:child_process';
import { root } from './prepare.mjs';

/** The last one without the migration of parked actions: its processes find tables and columns that they do not know. */
export const earlierCommit = '09820572e3224399d6776996a5f0f3e7cc4e1878';

/** A checkout without history, or an unpacked archive, cannot build what was before. In words; undefined where it can. */
export function missingForEarlierBuild() {
  const found = spawnSync('git', ['cat-file', '-e', `${earlierCommit}^{commit}`], { cwd: root });
  return found.status === 0 ? undefined : "the repository's history (git fetch --unshallow)";
}
