import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, kafkaAvailability } from '@signalbox/testing';
import { signalbox } from './support/cli.js';
import { Installation } from './support/installation.js';
import { isCanaryAt, Journey, stageOf } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

const onKafka = (await kafkaAvailability()) === undefined || process.env['CI'] === 'true';
/** How it runs, and which processes are killed in the canary of one release, one after the other. */
const ways: [string, string[], string[][]][] = [
  ['embedded', ['--no-demo'], [['platform']]],
  ...(onKafka
    ? ([
        [
          'in the cluster',
          ['--cluster', '--no-demo'],
          [['planning', 'feedback'], ['deployer', 'build-coordinator'], ['monitor', 'test-orchestrator'], ['gateway']],
        ],
      ] as [string, string[], string[][]][])
    : []),
];

/** Killing what decides costs users of the released application nothing, and the release goes on to its right end. */
describe.each(ways)('kill -9, %s', (_way, args, kills) => {
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

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
    traffic = new Traffic(await journey.url(), 100);
  }, 240_000);

  afterAll(async () => {
    await traffic?.stop();
    await installation.discard();
  });

  it('of the runner in mid-build: the attempt errors, is retried, and the installation completes', async () => {
    const slow = new Shop({ name: 'slow', bake: '1s', buildSteps: ['node, slow.js'] });
    slow.commit('feat: slow build', { 'slow.js': 'setTimeout(() => {}, 4000);' });
    const built = new Journey(installation, slow.directory, slow.name);
    await built.register();
    const release = await built.release();
    await built.until(release, 'the build to run', (seen) => {
      const { status, summary } = stageOf(seen, 'build');
      return status === 'running' && /runner/.test(summary ?? '');
    });
    process.kill(installation.pidOf('runner'), 'SIGKILL');
    const ended = await built.ended(release, 180_000);
    const { attempt } = stageOf(ended, 'build');
    expect({ status: ended.status, attempt }).toEqual({ status: 'completed', attempt: 2 });
  }, 240_000);

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
