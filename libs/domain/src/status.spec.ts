import { expect, it } from '@jest/globals';
import { clockAheadMs } from './status.js';

it.each([
  ['ahead', 5_000, 1_000, 1_100, 3_900],
  ['behind', 1_000, 5_000, 5_100, -4_000],
  ['possibly the same', 1_050, 1_000, 1_100, 0],
  ['a slow answer', 1_000, 1_000, 9_000, 0],
])('a clock that is %s', (_what, theirs, askedAt, answeredAt, ahead) => {
  expect(clockAheadMs(theirs, askedAt, answeredAt)).toBe(ahead);
});
