/**
 * `npm run bench`, or parts of it with their own numbers: `npm run bench -- start 5 scaling 5 20`. What the numbers are
 * stands at the head of each part's file.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { node24, prepareOrExit, root } from '../tools/launch/prepare.mjs';
import { askedFor } from './arguments.mjs';

const asked = askedOrExit();

await prepareOrExit();
console.log(machine());
for (const [part, ...numbers] of asked) {
  const load = loadavg()[0].toFixed(1);
  console.log(`== ${[part, ...numbers].join(' ')} (${availableParallelism()} processors, load ${load} before)`);
  // Each in a process of its own: what one has loaded and left behind is no part of the next one's figures.
  const script = join(import.meta.dirname, `${part}.mjs`);
  const code = await ended(spawn(node24, [script, ...numbers], { stdio: 'inherit' }));
  if (code !== 0) process.exit(code);
  console.log('');
}

/** What figures hang on, beside the versions that each part tells. */
function machine() {
  const node = execFileSync(node24, ['-p', '`${process.version}, ${process.platform} ${process.arch}`'], {
    encoding: 'utf8',
  });
  const git = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' });
  const build = git.status === 0 ? ` ${git.stdout.trim()}` : '';
  const processor = cpus()[0]?.model.trim() ?? 'processor of an unknown kind';
  return `Signalbox${build}, Node ${node.trim()}, ${processor}, ${Math.round(totalmem() / 2 ** 30)} GB of memory`;
}

function askedOrExit() {
  try {
    return askedFor(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exit(2);
  }
}

function ended(child) {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
