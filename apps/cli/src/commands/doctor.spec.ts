import { expect, it } from '@jest/globals';
import { Client } from '../client.js';
import { examine } from './doctor.js';

it.each([
  ['npm start', undefined],
  ['npm run cluster', 'npm run cluster'],
])('where nobody listens, %s is the fix of an installation that is started by %s', async (command, start) => {
  const access = { url: 'http://127.0.0.1:1', key: 'k', ...(start && { start }) };
  const { findings } = await examine(new Client(access, { unreachableMs: 0 }), '1.0.0');
  const [{ problem, fix } = { problem: '', fix: '' }, ...others] = findings;
  expect([problem, others]).toEqual([`${access.url} does not answer: nothing else can be asked`, []]);
  expect(fix).toMatch(new RegExp(`^${command} in the checkout; if it runs, its log and docs/`));
});
