/**
 * `npm run bench`, or parts of it with their own numbers: `npm run bench -- start 5 scaling 5 20`. What the numbers are
 * stands at the head of each part's file.
 */
import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { node24, prepareOrExit } from '../tools/launch/prepare.mjs';

const parts = ['start', 'router', 'relay', 'releases', 'reads', 'intake', 'scaling', 'kills', 'soak'];
/** Numbers, and the ways of `intake`. */
const isArgument = /^(\d|single|batch|kafka)/;
const asked = askedFor(process.argv.slice(2));

await prepareOrExit();
console.log(
  `Node ${execFileSync(node24, ['-p', 'process.version + ", " + process.platform + " " + process.arch'], { encoding: 'utf8' })}`,
);
for (const [part, ...numbers] of asked) {
  const load = loadavg()[0].toFixed(1);
  console.log(`== ${[part, ...numbers].join(' ')} (${availableParallelism()} processors, load ${load} before)`);
  // Each in a process of its own: what one has loaded and left behind is no part of the next one's figures.
  const script = join(import.meta.dirname, `${part}.mjs`);
  const code = await ended(spawn(node24, [script, ...numbers], { stdio: 'inherit' }));
  if (code !== 0) process.exit(code);
  console.log('');
}

/** Each part with the arguments that follow its name. */
function askedFor(args) {
  if (args.length === 0) return parts.map((part) => [part]);
  const groups = [];
  for (const arg of args) {
    if (parts.includes(arg)) groups.push([arg]);
    else if (isArgument.test(arg) && groups.length > 0) groups.at(-1).push(arg);
    else refuse(`there is no part ${arg}; there are ${parts.join(', ')}, each with its numbers after it`);
  }
  return groups;
}

function refuse(why) {
  process.stderr.write(`error: ${why}\n`);
  process.exit(2);
}

function ended(child) {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
