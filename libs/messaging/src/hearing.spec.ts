import { describe, expect, it } from '@jest/globals';
import { Hearing } from './hearing.js';

const progress = (position: number, end: number) => [{ topic: 't', partition: 0, position, end }];
/** The database's clock is an hour ahead of the process's. */
const aheadMs = 3_600_000;
const clock = (second: number) => new Date(second * 1_000 + aheadMs);

/** Each look tells the second, how far the service has read and how far there is. @returns since which second it hears */
function look(service: Hearing, second: number, position: number, end: number): number | undefined {
  service.look({ progress: progress(position, end), now: clock(second) }, second * 1_000);
  return since(service, second);
}
function since(service: Hearing, second: number): number | undefined {
  const from = service.since(second * 1_000);
  return from && (from.getTime() - aheadMs) / 1_000;
}
/** One that hears since the first second. */
function hearing(): Hearing {
  const service = new Hearing();
  expect(look(service, 1, 0, 0)).toBe(1);
  return service;
}

describe('a service hears', () => {
  it('since it had applied what was there when it was first looked at', () => {
    const service = new Hearing();
    expect([look(service, 1, 3, 5), service.caughtUp]).toEqual([undefined, false]);
    expect(look(service, 2, 4, 9)).toBeUndefined();
    expect([look(service, 3, 5, 9), service.caughtUp]).toEqual([3, true]);
  });

  it('as long as what was said is applied within twenty seconds', () => {
    const service = hearing();
    for (let second = 5; second <= 100; second += 5) expect(look(service, second, second - 15, second)).toBe(1);
  });

  it('on while its database does not answer for a moment', () => {
    const service = hearing();
    service.look({ progress: progress(0, 0), now: undefined }, 6_000);
    expect(since(service, 15)).toBe(1);
    expect(look(service, 15, 0, 0)).toBe(1);
  });
});

describe('a service is deaf', () => {
  it('while the broker does not tell, until what was said by then is applied', () => {
    const service = hearing();
    service.look({ progress: undefined, now: clock(5) }, 5_000);
    expect(since(service, 5)).toBeUndefined();
    expect(look(service, 10, 2, 4)).toBeUndefined();
    expect(look(service, 11, 4, 6)).toBe(11);
    expect(service.caughtUp).toBe(true);
  });

  it('while it does not get on, until what was said meanwhile is applied too', () => {
    const service = hearing();
    for (let second = 5; second <= 25; second += 5) expect(look(service, second, 0, second)).toBe(1);
    expect(look(service, 30, 0, 30)).toBeUndefined();
    expect(look(service, 31, 1, 31)).toBeUndefined();
    expect(look(service, 32, 30, 31)).toBe(32);
  });

  it('while its database is away, and until what was said meanwhile is applied', () => {
    const service = hearing();
    for (let second = 5; second <= 60; second += 5) {
      service.look({ progress: progress(0, 3), now: undefined }, second * 1_000);
      expect(since(service, second)).toBe(second <= 15 ? 1 : undefined);
    }
    expect(look(service, 61, 1, 3)).toBeUndefined();
    expect(look(service, 62, 3, 4)).toBe(62);
  });

  it('while its process was stopped, also before anybody has looked again', () => {
    const service = hearing();
    expect([since(service, 15), since(service, 16)]).toEqual([1, undefined]);
    expect(look(service, 300, 0, 7)).toBeUndefined();
    expect(look(service, 301, 7, 7)).toBe(301);
  });

  it('when the clock of its process was set back, until it has looked again', () => {
    const service = hearing();
    expect(since(service, -600)).toBeUndefined();
    expect(look(service, -600, 0, 0)).toBe(-600);
  });
});
