import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What runs, as its figures name it. */
export interface Build {
  BUILD_VERSION: string;
  BUILD_COMMIT: string;
}

/** A checkout's version and commit; what cannot be found out is unknown and hinders nothing. */
export function buildOf(root: string): Build {
  return {
    BUILD_VERSION: known(
      () => (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    ),
    BUILD_COMMIT: known(() =>
      execFileSync('git', ['-C', root, 'rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim(),
    ),
  };
}

function known(find: () => string): string {
  try {
    return find();
  } catch {
    return 'unknown';
  }
}
