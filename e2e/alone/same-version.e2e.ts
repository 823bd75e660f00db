import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Installation } from '../support/installation.js';
import { Journey } from '../support/journey.js';
import { Shop } from '../support/shop.js';
import { Traffic } from '../support/traffic.js';

const judge = '{ analysis: { duration: 2m } }';
/** A small share for the canary, or for the version before; so many times each that both take as long. */
const ways = [
  { name: 'cautious', steps: `[{ setWeight: 20 }, ${judge}, { setWeight: 50 }, ${judge}]`, times: 8 },
  { name: 'bold', steps: `[{ setWeight: 50 }, ${judge}, { setWeight: 80 }, ${judge}]`, times: 12 },
];

/** The judge's promise: what is no worse is not rolled back. Two applications, so that canaries also meet each other's load. */
describe('the same version, freshly started, as its own canary', () => {
  const installation = new Installation(['--no-demo']);
  const journeys = ways.map(({ name, steps, times }) => {
    const shop = new Shop({ name, bake: '500ms', steps });
    return { journey: new Journey(installation, shop.directory, shop.name), times };
  });
  const traffics: Traffic[] = [];

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    for (const { journey } of journeys) await journey.register();
    await Promise.all(journeys.map(({ journey }) => journey.install()));
    for (const { journey } of journeys) traffics.push(new Traffic(await journey.url(), 400));
  }, 180_000);

  afterAll(async () => {
    await Promise.all(traffics.map((traffic) => traffic.stop()));
    await installation.discard();
  });

  it('completes 20 times without one false rollback', async () => {
    const ends = await Promise.all(journeys.map(({ journey, times }) => canaries(journey, times)));
    expect(ends.flat()).toHaveLength(20);
    expect(ends.flat().filter((end) => !end.endsWith('completed'))).toEqual([]);
    for (const traffic of traffics) expect(await traffic.failures()).toEqual([]);
  }, 900_000);
});

/** One after the other; how each ended. */
async function canaries(journey: Journey, count: number): Promise<string[]> {
  const ends: string[] = [];
  for (let done = 0; done < count; done += 1) {
    const ended = await journey.ended(await journey.release('--bump', 'patch'));
    ends.push(`${ended.version} ${ended.status} ${ended.cause?.detail ?? ''}`.trim());
  }
  return ends;
}
