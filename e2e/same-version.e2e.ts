import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Installation } from './support/installation.js';
import { Journey } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

const canaries = 20;

/** The judge's promise: what is no worse is not rolled back. */
describe('the same version, freshly started, as its own canary', () => {
  const installation = new Installation(['--no-demo']);
  const shop = new Shop({ name: 'same', bake: '500ms' });
  const journey = new Journey(installation, shop.directory, shop.name);
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
    traffic = new Traffic(await journey.url(), 400);
  }, 180_000);

  afterAll(async () => {
    await traffic?.stop();
    await installation.discard();
  });

  it(`completes ${canaries} times in a row without one false rollback`, async () => {
    const ends: string[] = [];
    for (let count = 0; count < canaries; count += 1) {
      const ended = await journey.ended(await journey.release('--bump', 'patch'));
      ends.push(`${ended.version} ${ended.status} ${ended.cause?.detail ?? ''}`.trim());
    }
    expect(ends.filter((end) => !end.endsWith('completed'))).toEqual([]);
    expect(await traffic?.failures()).toEqual([]);
  }, 900_000);
});
