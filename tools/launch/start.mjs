// `npm start`: whatever set-up is missing, then the supervisor on the project's own Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { node24, prepare, root } from './prepare.mjs';

const say = (line) => process.stdout.write(`${line}\n`);

const usage = `npm start -- [--kafka] [--no-demo | --demo-only]
npm run cluster -- [--replicas N | --replicas SERVICE=N,…] [--no-demo | --demo-only]
npm run cluster -- scale SERVICE=N …      at a cluster that runs: starts or stops processes of a service
npm run cluster -- restart SERVICE …      likewise: one process after the other
README.md says what each does, docs/operations/ what variables there are.`;
const isHelp = ['--help', '-h'].some((word) => process.argv.slice(2).includes(word));
if (isHelp) {
  say(usage);
  process.exit(0);
}

const supervisor = join(root, 'apps', 'platform', 'dist', 'supervisor', 'start.js');
// Wishes at a cluster that runs: nothing is installed or built under it but by who upgrades it (docs/operations/upgrade.md).
const isWish = ['scale', 'restart'].some((word) => process.argv.slice(2).includes(word));

try {
  if (!isWish || !existsSync(supervisor)) await prepare(say);
} catch (error) {
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(1);
}

// What was missing has been told already: "ready" counts from here.
const env = { ...process.env, SIGNALBOX_BEGAN: String(Date.now()) };
const child = spawn(node24, [supervisor, ...process.argv.slice(2)], { stdio: 'inherit', env });
// Ctrl-C and a terminal that closes reach the supervisor too: it stops everything, and we wait for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
