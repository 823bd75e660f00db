import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { node24, prepareOrExit } from './launch/prepare.mjs';

/**
 * Runs the messaging contract suite again and again, on both brokers: `npm run contract -- --times 20`.
 * `--broker embedded` or `--broker kafka` takes one of them; the first failure ends it.
 */
const options = {
  times: { type: 'string', default: '1' },
  broker: { type: 'string', default: 'embedded|kafka' },
  kills: { type: 'string', default: '16' },
};
const values = readArguments();
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) refuse(`--times takes a whole number above 0, not ${values.times}`);
await prepareOrExit();

for (let time = 1; time <= times; time += 1) {
  const begun = Date.now();
  const code = await runSuite(1 + Math.floor(Math.random() * 999_999));
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(`contract ${time} of ${times}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  if (code !== 0) process.exit(1);
}

function runSuite(seed) {
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const which = ['--selectProjects', 'integration', '--maxWorkers=2', `libs/messaging/src/contract/(${values.broker})`];
  const child = spawn(node24, [...jest, ...which], {
    cwd: new URL('..', import.meta.url),
    stdio: 'inherit',
    env: { ...process.env, CI: 'true', CONTRACT_SEED: String(seed), CONTRACT_KILLS: values.kills },
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

function readArguments() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(why) {
  process.stderr.write(`error: ${why}\nusage: npm run contract -- [--times N] [--broker embedded|kafka] [--kills N]\n`);
  process.exit(2);
}
