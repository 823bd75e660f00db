import { describe, expect, it } from '@jest/globals';
import { news } from './watch.js';

describe('news of a release', () => {
  const before = [
    'shop@1.0.0 running 1m40s',
    '├ build succeeded 9s',
    '└ deploy production running 48s 20 %, 37 of 376',
  ];

  it('is everything at first', () => {
    expect(news([], before)).toEqual(before);
  });

  it.each([['1m41s'], ['2m'], ['59s'], ['1h2m'], ['3h']])('is not that it has become %s old', (age) => {
    const after = [`shop@1.0.0 running ${age}`, ...before.slice(1)];
    expect(news(before, after)).toEqual([]);
  });

  it('is a status, a summary, a stage that has begun', () => {
    const after = [
      'shop@1.0.0 running 1m50s',
      before[1] ?? '',
      '├ deploy production running 58s 50 %, 2 of 376',
      '└ x',
    ];
    expect(news(before, after)).toEqual(after.slice(2));
  });

  it('is no other place in the tree', () => {
    expect(news(['└ build running 1s'], ['├ build running 2s', '└ deploy staging running 0s'])).toEqual([
      '└ deploy staging running 0s',
    ]);
  });

  it('is a figure that only looks like an age', () => {
    expect(news(['p99 500ms, 3 shops'], ['p99 700ms, 3 shops'])).toEqual(['p99 700ms, 3 shops']);
    expect(news(['a 3second delay'], ['a 4second delay'])).toHaveLength(1);
  });
});
