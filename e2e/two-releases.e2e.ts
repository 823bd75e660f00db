import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signalbox } from './support/cli.js';
import { Installation } from './support/installation.js';
import { isCanaryAt, Journey, stageOf } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

/** One release at a time in an environment. */
describe('two releases of one application at once', () => {
  const installation = new Installation(['--no-demo']);
  const shop = new Shop({ name: 'crowded', bake: '20s' });
  const journey = new Journey(installation, shop.directory, shop.name);
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    const first = await journey.release();
    await journey.until(first, 'the watch', (seen) => stageOf(seen, 'monitor-production').status === 'running');
    traffic = new Traffic(await journey.url(), 300);
  }, 180_000);

  afterAll(async () => {
    await traffic?.stop();
    await installation.discard();
  });

  it('the second waits while the first deploys, supersedes it while it only monitors, and completes', async () => {
    shop.change('feat: one');
    const one = await journey.release();
    expect(one.version).toBe('1.1.0');
    await journey.until(one, 'the canary', (seen) => isCanaryAt(seen, 20));
    shop.write({ 'signalbox.yaml': shop.manifest().replace('bake: 20s', 'bake: 1s') });
    const commit = shop.change('feat: two');
    const two = await journey.release();
    const waiting = await journey.until(
      two,
      'to be blocked',
      (seen) => stageOf(seen, 'deploy-production').status === 'blocked',
    );
    expect(stageOf(waiting, 'deploy-production').blockers[0]?.code).toBe('environment_busy');
    const busy = await signalbox(installation, ['release', 'why', two.id]);
    expect(busy.stdout).toMatch(
      /environment_busy {2}crowded@1\.1\.0 (?:deploys|monitors and makes way)\n {4}lifts {2}when that has ended\n/,
    );
    const again = signalbox(installation, ['-C', shop.directory, 'release', 'create', '-w']);
    const superseded = await journey.ended(one);
    expect({ status: superseded.status, monitor: stageOf(superseded, 'monitor-production').status }).toEqual({
      status: 'completed',
      monitor: 'skipped',
    });
    expect((await journey.ended(two)).status).toBe('completed');
    // The same commit once more is no second release: what is followed is the one that is on its way.
    const { code, stdout } = await again;
    const underway = `crowded@${two.version} of ${commit.slice(0, 7)} is on its way already\nforce: --bump patch\n`;
    const followed = new RegExp(`^${underway}[^]*^crowded@${two.version} completed`, 'm');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(followed) });
  }, 240_000);

  it('an older version than the one that runs would be a downgrade', async () => {
    shop.change('fix: too late');
    const older = await journey.release('--set-version', '1.0.5');
    const blocked = await journey.until(older, 'to be blocked', (seen) =>
      seen.stages.some((stage) => stage.status === 'blocked'),
    );
    expect(blocked.stages.find((stage) => stage.status === 'blocked')?.blockers[0]?.code).toBe('would_downgrade');
    const why = await signalbox(installation, ['release', 'why', older.id]);
    expect(why.stdout).toMatch(/would_downgrade {2}1\.1\.1 is live in staging, which is newer\n/);
  }, 60_000);
});
