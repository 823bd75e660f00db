import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterAvailability, eventually } from '@signalbox/testing';
import { signalbox } from '../support/cli.js';
import { Installation } from '../support/installation.js';
import { isCanaryAt, Journey, stageOf } from '../support/journey.js';
import { Shop } from '../support/shop.js';
import { Traffic } from '../support/traffic.js';

const onKafka = (await clusterAvailability()) === undefined || process.env['CI'] === 'true';
const embedded = { way: 'embedded', args: ['--no-demo'], kills: [['platform']], killsRunner: !onKafka };
const cluster = {
  way: 'in the cluster',
  args: ['--cluster', '--no-demo'],
  /** In the canary of one release, one after the other. */
  kills: [
    ['planning', 'feedback', 'gateway'],
    ['deployer', 'build-coordinator'],
    ['monitor', 'test-orchestrator'],
  ],
  killsRunner: true,
};

/** Killing what decides costs users of the released application nothing, and the release goes on to its right end. */
describe.each(onKafka ? [embedded, cluster] : [embedded])('kill -9, $way', ({ args, kills, killsRunner }) => {
  const installation = new Installation(args);
  const judge = '{ analysis: { duration: 2m } }';
  const shop = new Shop({
    name: 'tough',
    bake: '1s',
    minSuccess: 0.95,
    // The pause lasts until the test has killed all it means to, however long their restarts take.
    steps: `[{ setWeight: 20 }, ${judge}, { pause: {} }, { setWeight: 50 }, ${judge}]`,
  });
  const journey = new Journey(installation, shop.directory, shop.name);
  let traffic: Traffic | undefined;
  let lost = { id: '' };

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
    traffic = new Traffic(await journey.url(), 100);
    // Its lease runs out while the services are killed.
    if (killsRunner) lost = await losesItsRunner(installation);
  }, 240_000);

  afterAll(async () => {
    await traffic?.stop();
    await installation.discard();
  });

  it.each(kills.map((victims) => ({ victims })))(
    'of $victims in mid-canary: the release completes, and no request fails',
    async ({ victims }) => {
      shop.change(`feat: outlives ${victims.join(' and ')}`);
      const release = await journey.release();
      await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
      for (const victim of victims) {
        const { status } = stageOf(await journey.see(release), 'deploy-production');
        expect({ victim, status }).toEqual({ victim, status: 'running' });
        await installation.killAndAwait(victim);
      }
      await journey.until(release, 'the pause', (seen) =>
        stageOf(seen, 'deploy-production').blockers.some(({ code }) => code === 'manual_gate'),
      );
      const promote = ['rollout', 'promote', shop.name, '--env', 'production', '--reason', 'all have been killed'];
      expect(await signalbox(installation, promote)).toMatchObject({ code: 0, stderr: '' });
      const ended = await journey.ended(release, 180_000);
      expect({ status: ended.status, cause: ended.cause }).toEqual({ status: 'completed', cause: undefined });
      expect(await traffic?.failures()).toEqual([]);
    },
    240_000,
  );

  if (killsRunner) {
    it('of the runner in mid-build, before those above: the attempt errored, is retried, and completes', async () => {
      const ended = await journey.ended(lost, 180_000);
      expect({ status: ended.status, attempt: stageOf(ended, 'build').attempt }).toEqual({
        status: 'completed',
        attempt: 2,
      });
    }, 240_000);
  }

  it('of the host: everything is restored from its desired state within 5 s', async () => {
    await traffic?.stop();
    const url = await journey.url();
    const killed = installation.pidOf('host');
    process.kill(killed, 'SIGKILL');
    const killedAt = Date.now();
    await eventually(() => installation.pidOf('host') !== killed, { what: 'another host' });
    await eventually(async () => (await fetch(url).catch(() => undefined))?.ok === true, {
      withinMs: 10_000,
      what: 'production to answer again',
    });
    expect(Date.now() - killedAt).toBeLessThan(5_000);
  }, 60_000);
});

/** A release whose runner is killed in mid-build. */
async function losesItsRunner(installation: Installation): Promise<{ id: string }> {
  const slow = new Shop({ name: 'slow', bake: '1s', buildSteps: ['node, slow.js'] });
  slow.commit('feat: slow build', { 'slow.js': 'setTimeout(() => {}, 4000);' });
  const journey = new Journey(installation, slow.directory, slow.name);
  await journey.register();
  const release = await journey.release();
  await journey.until(release, 'the build to run', (seen) => {
    const { status, summary } = stageOf(seen, 'build');
    return status === 'running' && /runner/.test(summary ?? '');
  });
  const killed = installation.pidOf('runner');
  process.kill(killed, 'SIGKILL');
  await eventually(() => installation.pidOf('runner') !== killed, { what: 'another runner' });
  return release;
}
