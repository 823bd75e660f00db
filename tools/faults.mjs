import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { defectNames, faultNames, namesIn } from './fault-names.mjs';
import { node24, prepareOrExit } from './launch/prepare.mjs';

/**
 * Runs a cluster under faults and checks that nothing is lost, doubled, out of order or stuck:
 * `npm run faults -- --minutes 30 --seed 7 --only broker,database`. Without minutes each fault is tried once, with --full
 * for as long as the design has it, and each planted defect must be seen.
 */
const usage = 'npm run faults -- [--minutes N | --full] [--seed N] [--only NAME,…]';
const options = {
  minutes: { type: 'string' },
  full: { type: 'boolean' },
  seed: { type: 'string' },
  only: { type: 'string' },
};
if (process.argv.slice(2).some((arg) => arg === '--help' || arg === '-h')) {
  process.stdout.write(`usage: ${usage}\nnames: ${faultNames().join('; ')}\ndocs/faults.md says what each does.\n`);
  process.exit(0);
}
const { minutes, full, seed, only } = readArguments();
await prepareOrExit();
const variables = {
  FAULTS_EVERY: 'true',
  ...(minutes !== undefined && { FAULTS_MINUTES: minutes }),
  ...(full && { FAULTS_FULL: 'true' }),
  ...(seed !== undefined && { FAULTS_SEED: seed }),
  ...(only !== undefined && { FAULTS_ONLY: only }),
};
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const which = ['--selectProjects', 'e2e-waiting', '--runInBand', '--forceExit', 'e2e/waiting/faults'];
const child = spawn(node24, [...jest, ...which], {
  cwd: new URL('..', import.meta.url),
  stdio: 'inherit',
  env: { ...process.env, ...variables },
});
child.once('exit', (code, signal) => {
  if (signal) process.stderr.write(`error: the run was ended by ${signal}\n`);
  process.exit(code ?? 1);
});

/** Before a test runner is asked, which tells faults of its own in pages. */
function readArguments() {
  const { values, tokens } = parseArgs({ args: signed(process.argv.slice(2)), options, strict: false, tokens: true });
  for (const { kind, name, rawName, value } of tokens) {
    if (kind !== 'option' || !Object.hasOwn(options, name))
      refuse(`unknown argument ${rawName ?? value ?? '--'}; there are --${Object.keys(options).join(', --')}`);
    if (name === 'full' && value !== undefined) refuse('--full takes no value');
    if (name !== 'full' && value === undefined)
      refuse(`--${name} takes ${name === 'only' ? 'names' : 'a number above 0'}`);
  }
  const { minutes, full = false, seed, only } = values;
  if (full && minutes !== undefined) refuse('--minutes chooses how long each fault lasts, --full has each once');
  return { minutes: numberOf('minutes', minutes), full, seed: numberOf('seed', seed), only: namesOf(only, minutes) };
}

/** `--minutes -1` is a number that is refused, not two options. */
function signed(args) {
  return args.flatMap((arg, at) => {
    if (/^-\d/.test(arg) && /^--\w+$/.test(args[at - 1] ?? '')) return [];
    return /^--\w+$/.test(arg) && /^-\d/.test(args[at + 1] ?? '') ? [`${arg}=${args[at + 1]}`] : [arg];
  });
}

function numberOf(name, text) {
  if (text === undefined || (Number(text) > 0 && Number.isFinite(Number(text)))) return text;
  return refuse(`--${name} takes a number above 0, not ${text}`);
}

function namesOf(text, minutes) {
  if (text === undefined) return undefined;
  const defects = defectNames();
  const names = faultNames().filter((name) => minutes === undefined || !defects.includes(name));
  const wanted = namesIn(text);
  if (wanted.length === 0) refuse(`--only takes names, or parts of them: ${names.join('; ')}`);
  const unknown = wanted.filter((part) => !names.some((name) => name.includes(part)));
  const planted = unknown.filter((part) => defects.some((name) => name.includes(part)));
  if (planted.length > 0) refuse(`planted defects are tried once each, without --minutes: ${planted.join(', ')}`);
  if (unknown.length > 0) refuse(`nothing is named ${unknown.join(', ')}; there are ${names.join('; ')}`);
  return wanted.join(',');
}

function refuse(why) {
  process.stderr.write(`error: ${why}\nusage: ${usage}\n`);
  process.exit(2);
}
