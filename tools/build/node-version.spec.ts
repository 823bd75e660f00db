import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { nodeCheck, nodeTrouble, oldestNode } from './node-version.mjs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-node-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trouble = (version: string, own?: string) =>
  nodeTrouble({ version, oldest: oldestNode, own, args: ['/checkout/main.js', 'migrate'] });

it.each(['v20.20.2', 'v22.19.0', 'v23.11.1'])('%s is told what is needed and how to start with it', (version) => {
  expect(trouble(version, '/checkout/node')).toBe(
    `error: Node 24 or newer is needed, this is ${version}\nfix: /checkout/node /checkout/main.js migrate\n`,
  );
  expect(trouble(version)).toMatch(/\nfix: install Node 24\n$/);
});

it.each(['v24.0.0', 'v24.9.0', 'v100.1.0'])('%s goes on', (version) => {
  expect(trouble(version)).toBeUndefined();
});

/** Runs a bundle that says `began`, on a Node that takes itself for another. */
function run(version: string, ...args: string[]) {
  const bundle = join(folder, 'apps', 'planning', 'dist', 'bundle', 'main.mjs');
  mkdirSync(join(folder, 'node_modules', 'node', 'bin'), { recursive: true });
  mkdirSync(join(bundle, '..'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', 'node', 'bin', 'node'), '');
  writeFileSync(join(folder, 'as.cjs'), `Object.defineProperty(process, 'version', { value: '${version}' });`);
  const imports =
    "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);";
  writeFileSync(bundle, `${imports}\n${nodeCheck}\nprocess.stdout.write('began');`);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', join(folder, 'as.cjs'), bundle, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr, bundle };
}

it('a bundle ends with that before anything of it runs, and names the Node of its checkout', () => {
  const { bundle, ...ended } = run('v20.20.2', 'migrate');
  const own = join(folder, 'node_modules', 'node', 'bin', 'node');
  expect(ended).toEqual({
    status: 1,
    stdout: '',
    stderr: `error: Node 24 or newer is needed, this is v20.20.2\nfix: ${own} ${bundle} migrate\n`,
  });
  expect(run('v24.9.0')).toMatchObject({ status: 0, stdout: 'began', stderr: '' });
});
