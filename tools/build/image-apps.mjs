import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const apps = join(import.meta.dirname, '..', '..', 'apps');

/** Of which apps an image can be made: those whose build ends with one file. The command line needs its checkout. */
export function imageApps() {
  return readdirSync(apps).filter((name) => {
    const file = join(apps, name, 'package.json');
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).scripts?.build?.includes('bundle.mjs');
  });
}
