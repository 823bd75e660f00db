import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { clusterOfNoOps, clusterOfProcesses, faultsOfServices } from '../e2e/faults/clusters.js';
import { defects, deploymentDefects } from '../e2e/faults/defects.js';
import { faultNames, namesIn } from './fault-names.mjs';

const told = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'faults.mjs'), ...args], { encoding: 'utf8' });
const refused = (...args: string[]) => {
  const { status, stderr } = told(...args);
  return [status, ...stderr.split('\n').slice(0, 1)];
};

it('the names that are told are those of the faults and defects that there are', () => {
  const faults = [...clusterOfNoOps.faults, ...faultsOfServices];
  const names = [...faults, ...defects, ...deploymentDefects].map(({ name }) => name);
  expect(faultNames().toSorted()).toEqual([...new Set(names)].toSorted());
});

it('each fault is tried in one of the two clusters of `npm test`', () => {
  const planted = [...defects, ...deploymentDefects].map(({ name }) => name);
  const tried = new Set([...clusterOfNoOps.faults, ...clusterOfProcesses.faults].map(({ name }) => name));
  expect(faultNames().filter((name) => !tried.has(name) && !planted.includes(name))).toEqual([]);
});

it('names are taken without the spaces around them, and an empty one for none', () => {
  expect(namesIn(' host dies, broker ,,deployer,')).toEqual(['host dies', 'broker', 'deployer']);
});

it('whoever asks for help is told every fault by its name', () => {
  const { status, stdout } = told('--help');
  expect(status).toBe(0);
  for (const name of faultNames()) expect(stdout).toContain(name);
});

it.each([
  [['--only', 'nonsense'], /^error: nothing is named nonsense; there are .*host dies; .*broker dies; /],
  [['--only', 'broker,nonsense'], /^error: nothing is named nonsense;/],
  [['--only', ' host dies , nonsense, broker'], /^error: nothing is named nonsense; /],
  [['--only', ' , '], /^error: --only takes names/],
  [['--only', ''], /^error: --only takes names/],
  [['--minutes', '-1'], /^error: --minutes takes a number above 0, not -1$/],
  [['--minutes', 'Infinity'], /^error: --minutes takes a number above 0, not Infinity$/],
  [['--seed'], /^error: --seed takes a number above 0$/],
  [
    ['--only', 'host dies,a relay that skips events', '--minutes', '2'],
    /^error: planted defects are tried once each, without --minutes: a relay that skips events$/,
  ],
  [['--odd'], /^error: unknown argument --odd; there are --minutes, --full, --seed, --only$/],
  [['--full', '--minutes', '3'], /^error: --minutes chooses how long each fault lasts, --full has each once$/],
  [['--full=1'], /^error: --full takes no value$/],
  [['odd'], /^error: unknown argument odd; /],
])('%j is refused in a line, before anything begins', (args, says) => {
  expect(refused(...args)).toEqual([2, expect.stringMatching(says)]);
});
