import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

/**
 * Runs a cluster under faults and checks that nothing is lost, doubled, out of order or stuck:
 * `npm run faults -- --minutes 30 --seed 7 --only broker,database`. Without minutes each fault is tried once, and each
 * planted defect must be seen.
 */
const usage = 'npm run faults -- [--minutes N] [--seed N] [--only NAME,…]';
const options = { minutes: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } };
const { minutes, seed, only } = readArguments();
const variables = {
  FAULTS_EVERY: 'true',
  ...(minutes !== undefined && { FAULTS_MINUTES: numberOf('minutes', minutes) }),
  ...(seed !== undefined && { FAULTS_SEED: numberOf('seed', seed) }),
  ...(only !== undefined && { FAULTS_ONLY: only }),
};
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const which = ['--selectProjects', 'e2e-waiting', '--runInBand', '--forceExit', 'e2e/waiting/faults'];
const child = spawn(process.execPath, [...jest, ...which], {
  cwd: new URL('..', import.meta.url),
  stdio: 'inherit',
  env: { ...process.env, ...variables },
});
child.once('exit', (code, signal) => {
  if (signal) process.stderr.write(`error: the run was ended by ${signal}\n`);
  process.exit(code ?? 1);
});

function readArguments() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

function numberOf(name, text) {
  return Number(text) > 0 ? text : refuse(`--${name} takes a number above 0, not ${text}`);
}

function refuse(why) {
  process.stderr.write(`error: ${why}\nusage: ${usage}\n`);
  process.exit(2);
}
