import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signalbox } from './support/cli.js';
import { Installation } from './support/installation.js';
import { Journey, stageOf } from './support/journey.js';
import { addPerson } from './support/people.js';
import { Shop } from './support/shop.js';

/** What `release why` prints for a rollout that waits for people or for traffic, and what takes it on. */
describe('release why', () => {
  const installation = new Installation(['--no-demo']);
  const shop = new Shop({
    name: 'waiting',
    bake: '500ms',
    steps: '[{ setWeight: 20 }, { analysis: { duration: 2s } }, { manualGate: { team: leads } }, { setWeight: 50 }]',
  });
  const journey = new Journey(installation, shop.directory, shop.name);
  const why = (release: { id: string }) => signalbox(installation, ['release', 'why', release.id]);
  const blockedBy = (release: { id: string }, code: string) =>
    journey.until(release, code, (seen) =>
      stageOf(seen, 'deploy-production').blockers.some((blocker) => blocker.code === code),
    );

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
    await addPerson(installation, journey, 'lead', { teams: ['leads'], bindings: [{ role: 'release-manager' }] });
  }, 180_000);

  afterAll(() => installation.discard());

  it('analysis_inconclusive, then manual_gate: who may, and what was skipped', async () => {
    shop.change('feat: nobody looks');
    const release = await journey.release();
    const promote = ['rollout', 'promote', 'waiting', '--env', 'production', '--reason', 'nobody is here'];
    await blockedBy(release, 'analysis_inconclusive');
    const inconclusive = await why(release);
    expect({ code: inconclusive.code, out: inconclusive.stdout }).toEqual({
      code: 1,
      out: expect.stringMatching(
        /analysis_inconclusive {2}0 of 376 requests.*\n {4}lifts {2}with traffic\n.*\n {4}do {5}rollout promote waiting --env production --reason R\n$/,
      ),
    });
    const skipped = await signalbox(installation, promote);
    expect(skipped).toEqual({ code: 0, stdout: 'step 2 skipped at 0 of 376; override recorded\n', stderr: '' });

    await blockedBy(release, 'manual_gate');
    const gated = await why(release);
    expect(gated.stdout).toMatch(
      /manual_gate {2}step 3 waits for leads\n {4}lifts {2}when promoted\n {4}who {4}leads\n {4}do {5}rollout promote waiting --env production --reason R\n$/,
    );
    const foreign = await signalbox(installation, promote);
    expect(foreign).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: a manual gate of waiting@1.1.0 is for leads (not_in_team)\nfix: one of leads\n',
    });
    const byLead = await signalbox(installation, ['--context', 'lead', ...promote]);
    expect(byLead.stdout).toMatch(/^step 3 skipped at 0 of 376; override recorded\n$/);
    expect((await journey.ended(release)).status).toBe('completed');
  }, 120_000);

  it('quarantined after a rollback, until it is allowed again', async () => {
    const rollback = ['rollback', 'waiting', '--env', 'production', '--reason', 'complaints'];
    const back = await signalbox(installation, rollback);
    expect({ code: back.code, out: back.stdout }).toEqual({
      code: 0,
      out: expect.stringMatching(/^production 1\.1\.0 → 1\.0\.0 in [\d.]+s; 1\.1\.0 quarantined for production\n$/),
    });
    const again = await journey.release('--bump', 'patch');
    await blockedBy(again, 'quarantined');
    const seen = await why(again);
    expect(seen.stdout).toMatch(
      /quarantined {2}waiting@1\.1\.0: .*complaints\n {4}lifts {2}when allowed\n {4}who {4}release-manager\n {4}do {5}release allow waiting@1\.1\.0 --env production --reason R\n$/,
    );
    const allow = ['release', 'allow', 'waiting@1.1.0', '--env', 'production', '--reason', 'it was the network'];
    expect((await signalbox(installation, allow)).stdout).toBe('waiting@1.1.0 is allowed in production again\n');
    await blockedBy(again, 'analysis_inconclusive');
    expect((await signalbox(installation, ['release', 'cancel', again.id])).code).toBe(0);
    expect((await journey.ended(again)).status).toBe('rolled_back');
  }, 120_000);

  it('of an artifact that another version brought there is lifted by any version that has it', async () => {
    const twin = await journey.release('--bump', 'patch');
    await blockedBy(twin, 'quarantined');
    const [name, env] = [`waiting@${twin.version}`, ['--env', 'production']];
    const allow = (where: string[]) => signalbox(installation, ['release', 'allow', name, ...where, '--reason', 'R']);
    // The release that was cancelled above had users, and the same artifact.
    expect((await allow(env)).stdout).toBe(`${name} is allowed in production again; it was quarantined as 1.1.1\n`);
    await blockedBy(twin, 'analysis_inconclusive');
    expect(await allow(env)).toMatchObject({ code: 1, stderr: `error: ${name} is not quarantined for production\n` });
    expect((await signalbox(installation, ['release', 'cancel', twin.id])).code).toBe(0);
    expect((await journey.ended(twin)).status).toBe('rolled_back');
  }, 120_000);

  it('nothing is parked, and the doctor finds nothing wrong', async () => {
    expect((await signalbox(installation, ['parked', 'list'])).stdout).toBe('nothing is parked\n');
    const doctor = await signalbox(installation, ['doctor']);
    expect({ code: doctor.code, out: doctor.stdout }).toEqual({
      code: 0,
      out: expect.stringMatching(/^service +build.*\nrunner-1 +(idle|busy with \d)\n.*\n\nnothing is wrong\n$/s),
    });
  }, 30_000);
});
