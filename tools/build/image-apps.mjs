import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const apps = join(import.meta.dirname, '..', '..', 'apps');

/** Of which apps an image can be made: those that are a program. */
export function imageApps() {
  return readdirSync(apps).filter((name) => existsSync(join(apps, name, 'src', 'main.ts')));
}
