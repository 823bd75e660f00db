import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOut } from '../../tools/upgrade/checkout.mjs';
import { root } from '../support/installation.js';

/** The last one without the migration of parked actions: its processes find tables and columns that they do not know. */
const commit = '0982057';

/** A checkout without history, or an unpacked archive, cannot build what was before. */
export const hasHistory = spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).status === 0;

/** Of services; by which. */
const building = new Map<string, Promise<string>>();

/** The folder of that build of these services, made when it is first asked for and removed with this process. */
export function earlierBuild(services: readonly string[]): Promise<string> {
  const which = services.join(',');
  const folder = building.get(which) ?? build(services);
  building.set(which, folder);
  return folder;
}

async function build(services: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-earlier-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await checkOut(commit, folder, services);
  return folder;
}
