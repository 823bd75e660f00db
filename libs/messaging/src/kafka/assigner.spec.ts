import { expect, it } from '@jest/globals';
import { deal } from './assigner.js';

const partitions = new Map([
  ['a', [0, 1, 2, 3]],
  ['b', [0, 1]],
]);

it('deals partitions out evenly, the same whatever the order of the members', () => {
  const one = deal(
    new Map([
      ['m1', ['a', 'b']],
      ['m2', ['a', 'b']],
    ]),
    partitions,
  );
  const other = deal(
    new Map([
      ['m2', ['a', 'b']],
      ['m1', ['a', 'b']],
    ]),
    partitions,
  );
  expect(one).toEqual(other);
  expect([...one.values()].map((assignment) => Object.values(assignment).flat().length)).toEqual([3, 3]);
});

it('gives nobody a topic to which they do not subscribe', () => {
  const dealt = deal(
    new Map([
      ['m1', ['a']],
      ['m2', ['b']],
      ['m3', []],
    ]),
    partitions,
  );
  expect(dealt.get('m1')).toEqual({ a: [0, 1, 2, 3] });
  expect(dealt.get('m2')).toEqual({ b: [0, 1] });
  expect(dealt.get('m3')).toEqual({});
});
