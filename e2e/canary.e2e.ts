import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Installation } from './support/installation.js';
import { Journey, stageOf } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

/** The judge at work on real processes: what is worse goes back, what is as good goes on. */
describe('a canary', () => {
  const installation = new Installation(['--no-demo']);
  const shop = new Shop({ name: 'judged', bake: '1s' });
  const journey = new Journey(installation, shop.directory, shop.name);
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
  }, 180_000);

  afterAll(async () => {
    await traffic?.stop();
    await installation.discard();
  });

  it('without traffic pauses as inconclusive and says how many requests are missing; traffic lifts it', async () => {
    shop.write({ 'signalbox.yaml': shop.manifest().replaceAll('duration: 2m', 'duration: 2s') });
    shop.change('feat: nobody looks');
    const release = await journey.release();
    const waiting = await journey.until(
      release,
      'the pause',
      (seen) => stageOf(seen, 'deploy-production').blockers.length > 0,
    );
    const [blocker] = stageOf(waiting, 'deploy-production').blockers;
    expect(blocker?.code).toBe('analysis_inconclusive');
    expect(blocker?.detail).toMatch(/0 of 376 requests/);
    traffic = new Traffic(await journey.url(), 400);
    expect((await journey.ended(release)).status).toBe('completed');
  }, 180_000);

  it('as good as the version before is promoted', async () => {
    shop.write({ 'signalbox.yaml': shop.manifest() });
    shop.change('feat: as good');
    expect((await journey.ended(await journey.release())).status).toBe('completed');
  }, 120_000);

  it('with 20 % errors is caught and rolled back', async () => {
    shop.change('feat: worse', { errors: 0.2 });
    const ended = await journey.ended(await journey.release());
    expect(ended.status).toBe('rolled_back');
    expect(stageOf(ended, 'deploy-production').detail).toMatch(/20 % FAILED: \d+ of \d+/);
  }, 120_000);

  it('slower by 100 ms without errors is caught and rolled back', async () => {
    shop.change('feat: slower', { delayMs: 100 });
    const ended = await journey.ended(await journey.release());
    expect({ status: ended.status, reason: stageOf(ended, 'deploy-production').reason }).toEqual({
      status: 'rolled_back',
      reason: 'analysis_failed',
    });
  }, 120_000);
});
