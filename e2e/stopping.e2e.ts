import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { signalbox } from './support/cli.js';
import { Installation } from './support/installation.js';
import { isCanaryAt, Journey, stageOf } from './support/journey.js';
import { addPerson } from './support/people.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

const aMinuteAgo = () => new Date(Date.now() - 60_000).toISOString();
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** Stopping a release wherever it is, and letting it go on. */
describe('freeze, hold and cancel', () => {
  const installation = new Installation(['--no-demo']);
  const shop = new Shop({ name: 'stopped', bake: '1s', minSuccess: 0.95 });
  const journey = new Journey(installation, shop.directory, shop.name);
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
    await addPerson(installation, journey, 'manager', { bindings: [{ role: 'release-manager' }] });
    traffic = new Traffic(await journey.url(), 200);
  }, 180_000);

  // Stopping costs no user one request.
  afterEach(async () => expect(await traffic?.failures()).toEqual([]));
  afterAll(async () => {
    await traffic?.stop();
    await installation.discard();
  });

  it('cancel during the build ends its process group within 5 s', async () => {
    shop.write({
      'endless.js': 'setInterval(() => {}, 1000);',
      'signalbox.yaml': shop.manifest().replace('--check, server.js', 'endless.js'),
    });
    shop.change('feat: endless');
    const release = await journey.release();
    const steps = () => installation.processes().filter(({ command }) => command.includes('endless.js'));
    await eventually(async () => steps().length > 0, { withinMs: 30_000, what: 'the build step to run' });
    const cancelledAt = Date.now();
    await signalbox(installation, ['release', 'cancel', release.id]);
    await eventually(async () => steps().length === 0, { withinMs: 10_000, what: 'the build step to be gone' });
    expect(Date.now() - cancelledAt).toBeLessThan(5_000);
    expect((await journey.ended(release)).status).toBe('cancelled');
    shop.write({ 'signalbox.yaml': shop.manifest() });
    shop.change('fix: an end');
  }, 120_000);

  it('a freeze blocks before the deployment; an override by two people lets it pass', async () => {
    const added = await signalbox(installation, [
      'freeze',
      'add',
      '--env',
      'production',
      '--from',
      aMinuteAgo(),
      '--to',
      inAnHour(),
      '--reason',
      'holidays',
      '--name',
      'holidays',
    ]);
    const freeze = /^(frz_\S+) blocks 0 releases, never rollbacks\n$/.exec(added.stdout)?.[1] ?? '';
    shop.change('feat: frozen');
    const release = await journey.release();
    const blocked = await journey.until(
      release,
      'the freeze',
      (seen) => stageOf(seen, 'deploy-production').status === 'blocked',
    );
    expect(stageOf(blocked, 'deploy-production').blockers.map(({ code }) => code)).toEqual(['window_closed']);
    const why = await signalbox(installation, ['release', 'why', release.id]);
    expect({ code: why.code, out: why.stdout }).toEqual({
      code: 1,
      out: expect.stringMatching(
        /^stopped@\S+ blocked \d+s at deploy production\n {2}window_closed {2}freeze "holidays"\n {4}lifts {2}in (?:1h|59m\d+s)\n {4}who {4}two people: .*\n {4}do {5}freeze override frz_\S+ --release \S+ --reason R\n$/,
      ),
    });

    const asked = await signalbox(installation, [
      'freeze',
      'override',
      freeze,
      '--release',
      release.id,
      '--reason',
      'urgent',
    ]);
    const override = /^(ovr_\S+) /.exec(asked.stdout)?.[1] ?? '';
    const alone = await signalbox(installation, ['freeze', 'confirm', override]);
    expect({ code: alone.code, err: alone.stderr }).toEqual({
      code: 4,
      err: expect.stringContaining('self_confirmation'),
    });
    const second = await signalbox(installation, ['--context', 'manager', 'freeze', 'confirm', override]);
    expect(second.code).toBe(0);
    expect((await journey.ended(release)).status).toBe('completed');
    expect((await signalbox(installation, ['freeze', 'remove', freeze])).code).toBe(0);
  }, 120_000);

  it('a hold in mid-canary pauses at its weight; lifting it goes on', async () => {
    shop.change('feat: held');
    const release = await journey.release();
    await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
    const held = await signalbox(installation, ['release', 'hold', release.id, '--message', 'incident review']);
    expect(held.code).toBe(0);
    const paused = await journey.until(release, 'the pause', (seen) =>
      stageOf(seen, 'deploy-production').blockers.some(({ code }) => code === 'held'),
    );
    expect(stageOf(paused, 'deploy-production').summary).toMatch(/^20 %/);
    const why = await signalbox(installation, ['release', 'why', release.id]);
    expect(why.stdout).toMatch(
      /held {2}"incident review"\n {4}lifts {2}never\n.*\n {4}do {5}release resume hld_\S+\n$/,
    );
    expect((await signalbox(installation, ['release', 'resume', release.id])).code).toBe(0);
    expect((await journey.ended(release)).status).toBe('completed');
  }, 120_000);

  it('cancel in mid-canary takes the weight back', async () => {
    shop.change('feat: unwanted');
    const release = await journey.release();
    await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
    await signalbox(installation, ['release', 'cancel', release.id, '--reason', 'changed my mind']);
    const ended = await journey.ended(release);
    expect(ended.status).toBe('rolled_back');
    const url = await journey.url();
    const version = () => fetch(url).then((answer) => answer.headers.get('signalbox-version') ?? '');
    const seen = await Promise.all(Array.from({ length: 50 }, version));
    expect(seen.filter((text) => text.startsWith(`${ended.version}@`))).toEqual([]);
  }, 120_000);
});
