import { describe, expect, it } from '@jest/globals';
import { assert, integer, property, record } from 'fast-check';
import { drainTime, duration, durationMs, isoDuration, parseDurationMs, timeout } from './duration.js';

describe('durations', () => {
  it.each([
    ['500ms', 500, 'PT0.5S'],
    ['0s', 0, 'PT0S'],
    ['30s', 30_000, 'PT30S'],
    ['1h30m', 5_400_000, 'PT1H30M'],
    ['1m500ms', 60_500, 'PT1M0.5S'],
    ['14d', 1_209_600_000, 'P14D'],
    ['2w', 1_209_600_000, 'P14D'],
    ['1d12h', 129_600_000, 'P1DT12H'],
    ['PT1H30M', 5_400_000, 'PT1H30M'],
    ['P1W', 604_800_000, 'P7D'],
    ['PT0.025S', 25, 'PT0.025S'],
    ['PT72H', 259_200_000, 'P3D'],
  ])('%s is %d ms and is told as %s', (text, milliseconds, iso) => {
    expect(parseDurationMs(text)).toBe(milliseconds);
    expect(duration.parse(text)).toBe(iso);
  });

  it.each(['', '5', 'm', '1.5h', '-5m', '5 m', '30m1h', 'P', 'PT', 'P1DT', 'P1M', 'P1Y', 'PT5', 'pt5m', '5m\n'])(
    '%j is not a duration',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined();
      expect(duration.safeParse(text).error?.issues[0]?.message).toContain('such as 500ms');
    },
  );

  it('are bounded by what they are for', () => {
    const faultOf = (kind: typeof duration, text: string) => kind.safeParse(text).error?.issues[0]?.message;
    expect([faultOf(duration, '366d'), faultOf(duration, '9999999w')]).toEqual([undefined, 'at most 366d']);
    expect([faultOf(timeout, '24d'), faultOf(timeout, '25d'), faultOf(timeout, '0s')]).toEqual([
      undefined,
      'at most 24d',
      'more than 0s',
    ]);
    expect([faultOf(drainTime, '0s'), faultOf(drainTime, '6m')]).toEqual([undefined, 'at most 5m']);
  });

  it('what is told as ISO 8601 is read as the same time', () => {
    assert(
      property(integer({ min: 0, max: 10 ** 12 }), (milliseconds) => {
        expect(durationMs(isoDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });

  it('what people write survives ISO 8601', () => {
    const part = integer({ min: 0, max: 99 });
    const parts = record({ w: integer({ min: 0, max: 30 }), d: part, h: part, m: part, s: part, ms: part });
    assert(
      property(parts, (written) => {
        const text = Object.entries(written)
          .map(([unit, count]) => `${count}${unit}`)
          .join('');
        expect(durationMs(duration.parse(text))).toBe(durationMs(text));
      }),
    );
  });
});
