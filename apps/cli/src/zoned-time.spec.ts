import { describe, expect, it } from '@jest/globals';
import { zonedTime } from './zoned-time.js';

describe('a time on a clock', () => {
  it.each([
    ['2026-12-20T18:00', 'Europe/Berlin', '2026-12-20T17:00:00.000Z'],
    ['2026-07-20T18:00', 'Europe/Berlin', '2026-07-20T16:00:00.000Z'],
    ['2027-01-03', 'Europe/Berlin', '2027-01-02T23:00:00.000Z'],
    ['2026-12-20T18:00:30', 'Asia/Kolkata', '2026-12-20T12:30:30.000Z'],
    ['2026-12-20T18:00', 'America/New_York', '2026-12-20T23:00:00.000Z'],
    ['2026-12-20T18:00', 'UTC', '2026-12-20T18:00:00.000Z'],
  ])('%s in %s is %s', (text, zone, utc) => {
    expect(zonedTime(text, zone)).toBe(utc);
  });

  it.each([
    ['2026-12-20T18:00Z', '2026-12-20T18:00:00.000Z'],
    ['2026-12-20T18:00+02:00', '2026-12-20T16:00:00.000Z'],
    ['2026-12-20T18:00-0530', '2026-12-20T23:30:00.000Z'],
  ])('%s says its offset itself', (text, utc) => {
    expect(zonedTime(text, 'Europe/Berlin')).toBe(utc);
  });
});

describe('when clocks change', () => {
  it.each([
    ['an hour before the gap', '2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['in the gap', '2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['behind the gap', '2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['before the gap, west', '2026-03-08T01:30', 'America/New_York', '2026-03-08T06:30:00.000Z'],
    ['in the gap, west', '2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
    ['behind the gap, west', '2026-03-08T03:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
    ['before the hour that comes twice', '2026-10-25T01:30', 'Europe/Berlin', '2026-10-24T23:30:00.000Z'],
    ['in the hour that comes twice', '2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['after the hour that came twice', '2026-10-25T03:30', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
    ['in the hour that comes twice, west', '2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['after it, west', '2026-11-01T02:30', 'America/New_York', '2026-11-01T07:30:00.000Z'],
  ])('%s: %s in %s is %s', (_where, text, zone, utc) => {
    expect(zonedTime(text, zone)).toBe(utc);
  });
});

describe('what is no time', () => {
  it.each(['noon', '', '18:00', '2026-13-01', '2026-02-30', '2026-02-30T10:00Z', '2026-12-20T25:00'])(
    '%j is refused with an example',
    (text) => {
      expect(() => zonedTime(text, 'Europe/Berlin')).toThrow(`${text} is not a time`);
    },
  );

  it('a zone that nobody knows is refused', () => {
    expect(() => zonedTime('2026-12-20T18:00', 'Mars/Base')).toThrow('Mars/Base is not a time zone');
  });
});
