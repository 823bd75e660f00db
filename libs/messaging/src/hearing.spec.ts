import { describe, expect, it } from '@jest/globals';
import { Hearing } from './hearing.js';

const at = (position: number, end: number) => [{ topic: 't', partition: 0, position, end }];

/** A service that hears since second 0; each look tells the second, how far it has read and how far there is. */
function hearing(): Hearing {
  const service = new Hearing();
  expect(service.follow(at(0, 0), 0)).toBe(true);
  service.begin(0);
  return service;
}
const look = (service: Hearing, second: number, position: number, end: number): number | undefined => {
  if (service.follow(at(position, end), second * 1_000)) service.begin(second * 1_000);
  return service.since(second * 1_000)?.getTime();
};

describe('a service hears', () => {
  it('since it had applied what was there when it was first looked at', () => {
    const service = new Hearing();
    expect([service.follow(at(3, 5), 0), service.since(0), service.caughtUp]).toEqual([false, undefined, false]);
    expect(look(service, 1, 4, 9)).toBeUndefined();
    expect(look(service, 2, 5, 9)).toBe(2_000);
    expect(service.caughtUp).toBe(true);
  });

  it('as long as what was said is applied within twenty seconds', () => {
    const service = hearing();
    for (let second = 5; second <= 100; second += 5) expect(look(service, second, second - 15, second)).toBe(0);
  });
});

describe('a service is deaf', () => {
  it('while the broker does not tell, until what was said by then is applied', () => {
    const service = hearing();
    expect([service.follow(undefined, 5_000), service.since(5_000)]).toEqual([false, undefined]);
    expect(look(service, 10, 2, 4)).toBeUndefined();
    expect(look(service, 11, 4, 6)).toBe(11_000);
    expect(service.caughtUp).toBe(true);
  });

  it('while it does not get on, until what was said meanwhile is applied too', () => {
    const service = hearing();
    expect(look(service, 5, 0, 1)).toBe(0);
    for (let second = 10; second <= 25; second += 5) expect(look(service, second, 0, second)).toBe(0);
    expect(look(service, 30, 0, 30)).toBeUndefined();
    expect(look(service, 31, 1, 31)).toBeUndefined();
    expect(look(service, 32, 30, 31)).toBe(32_000);
  });

  it('since its database is away', () => {
    const service = hearing();
    service.lose();
    expect(service.since(1_000)).toBeUndefined();
    expect(look(service, 2, 0, 0)).toBe(2_000);
  });

  it('while its process was stopped, also before anybody has looked again', () => {
    const service = hearing();
    expect(service.since(20_000)).toEqual(new Date(0));
    expect(service.since(20_001)).toBeUndefined();
    expect(look(service, 300, 0, 7)).toBeUndefined();
    expect(look(service, 301, 7, 7)).toBe(301_000);
  });
});
