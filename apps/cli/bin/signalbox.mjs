#!/usr/bin/env node
// npm links no bin whose target is missing, so this file is committed and loads what the build makes.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/main.js', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write('error: signalbox is not built yet\nfix: npm start, once, in the checkout\n');
  process.exit(1);
}
// Called past npx, the machine's own Node may be too old for our libraries: the project brings its own.
const own = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
if (Number(process.versions.node.split('.')[0]) < 24 && existsSync(own)) {
  const { status } = spawnSync(own, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(status ?? 1);
}
await import(built.href);
