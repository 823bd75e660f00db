import { existsSync, rmSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { RunFolder } from '../e2e/faults/run-folder.js';

const passing = async () => undefined;
const violated = () => Promise.reject(new Error('an event was lost'));

it('ledgers and logs are removed when every test has passed', async () => {
  const [folder, said] = [new RunFolder(), [] as string[]];
  const test = folder.holding(passing, 2);
  await test();
  await test();
  folder.end((line) => said.push(line));
  expect({ isThere: existsSync(folder.path), said }).toEqual({ isThere: false, said: [] });
});

it.each([
  ['one was violated', (folder: RunFolder) => [folder.holding(passing), folder.holding(violated)]],
  ['one was never begun', (folder: RunFolder) => [folder.holding(passing, 2)]],
])('they stay, and it is said where, when %s', async (_, testsOf) => {
  const [folder, said] = [new RunFolder(), [] as string[]];
  try {
    await Promise.allSettled(testsOf(folder).map((test) => test()));
    folder.end((line) => said.push(line));
    expect({ isThere: existsSync(folder.path), said }).toEqual({
      isThere: true,
      said: [`ledgers and logs: ${folder.path}`],
    });
  } finally {
    rmSync(folder.path, { recursive: true, force: true });
  }
});
