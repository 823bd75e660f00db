// Lays out what an image of one app holds: its bundle, the packages that stay outside of it, and nothing else.
// node tools/build/image-files.mjs APP FOLDER, in the root of the repository after `tsc -b`.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { imageApps } from './image-apps.mjs';

/** Looked for at run time, each without packages of its own: kafkajs by path, the pages of /docs as files (ADR 12). */
const outside = ['kafkajs', 'swagger-ui-dist'];
const root = join(import.meta.dirname, '..', '..');
const [app, folder] = process.argv.slice(2);
const source = join(root, 'apps', app ?? '');
if (!app || !folder || !imageApps().includes(app)) {
  process.stderr.write(`error: image-files.mjs APP FOLDER, with APP one of ${imageApps().join(', ')}\n`);
  process.exit(2);
}

// Made there, not copied: others may be starting the one in the app's own folder at this moment.
const bundle = join(resolve(folder), 'dist', 'bundle', 'main.js');
const bundled = spawnSync(process.execPath, [join(root, 'tools', 'build', 'bundle.mjs'), bundle], {
  cwd: source,
  stdio: 'inherit',
});
if (bundled.status !== 0) process.exit(bundled.status ?? 1);
rmSync(`${bundle}.LEGAL.txt`, { force: true });
const { name, version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version, private: true, type: 'module' })}\n`);

const text = readFileSync(bundle, 'utf8');
for (const each of outside.filter((name) => text.includes(name)))
  cpSync(join(root, 'node_modules', each), join(folder, 'node_modules', each), {
    recursive: true,
    dereference: true,
    // What debuggers and type checkers read.
    filter: (path) => !/\.(map|d\.ts|flow)$|bundle-sizes|es-bundle/.test(path),
  });
