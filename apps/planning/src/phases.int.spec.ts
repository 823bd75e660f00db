import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { ann, Installation, is, stage, stageIs } from '../testing/installation.js';

let planning: Installation;
beforeAll(async () => {
  planning = await Installation.start();
});
afterAll(() => planning.stop());

const phaseOf = (require: string): string =>
  `lifecycle:\n  - { phase: live, environments: [eu, us], require: ${require} }\n` +
  'environments:\n  eu: { tier: production }\n  us: { tier: production }\n';
const versionIn = async (application: string, environment: string) =>
  (await planning.call(ann, 'GET', `/v1/slots/${application}/${environment}`)).body.current?.version;

/** 1.0.0 is live in both environments of the phase; the second release is in the hands of the test. */
async function second(application: string, require: string, ...kept: string[]): Promise<string> {
  const repository = await planning.register(application, phaseOf(require));
  await planning.release(await planning.create(application), is('completed'), 'baseline');
  await repository.commit('feat: faster');
  planning.executors.keep(application, ...kept);
  return planning.create(application);
}

const failed = { outcome: 'failed' as const, detail: '3 % of requests fail' };

describe('a phase of two environments', () => {
  it('is taken back in both when the watch of one fails, and both are quarantined', async () => {
    const id = await second('both', 'all', 'monitor-eu', 'monitor-us');
    const watch = await planning.executors.request(id, 'monitor-eu');
    await planning.executors.request(id, 'monitor-us');
    await planning.executors.finish(watch, failed);
    const release = await planning.release(id, is('rolled_back'), 'rolled back');
    expect(stage(release, 'monitor-us')).toMatchObject({ status: 'skipped', reason: 'rolled_back' });
    for (const environment of ['eu', 'us']) expect(await versionIn('both', environment)).toBe('1.0.0');
    const { ended } = await planning.why(id);
    expect(ended?.did).toBe('rolled back to 1.0.0 in eu, to 1.0.0 in us; quarantined for eu, us');
    expect((await planning.call(ann, 'GET', '/v1/slots/both/us')).body.holder).toBeUndefined();
  });

  it('is taken back in one alone where the other is enough, which is watched on', async () => {
    const id = await second('enough', '{ minimum: 1 }', 'monitor-eu', 'monitor-us');
    const other = await planning.executors.request(id, 'monitor-us');
    await planning.executors.finish(await planning.executors.request(id, 'monitor-eu'), failed);
    await planning.release(id, ({ rollback }) => rollback?.outcome === 'succeeded', 'eu is back');
    await planning.executors.finish(other);
    await planning.release(id, is('completed'), 'completed');
    expect([await versionIn('enough', 'eu'), await versionIn('enough', 'us')]).toEqual(['1.0.0', '1.1.0']);
    expect((await planning.why(id)).ended).toMatchObject({
      cause: 'monitor-eu: 3 % of requests fail',
      did: 'released; rolled back to 1.0.0 in eu; quarantined for eu',
    });
  });

  it.each(['deploy-eu', 'deploy-us'])('is taken back in both when users saw the canary of %s fail', async (canary) => {
    const application = `seen-${canary}`;
    const environments = ['eu', 'us'].map((name) => `deploy-${name}`);
    const id = await second(application, 'all', ...environments);
    const requests = await Promise.all(environments.map((key) => planning.executors.request(id, key)));
    const outputs = { rollback: { exposed: true, target: '1.0.0', durationMs: 1 } };
    // The deployment that is over beside it, before and after it.
    const answers = requests.map((request) =>
      request.stage === canary
        ? () => planning.executors.finish(request, { ...failed, outputs })
        : () => planning.executors.finish(request),
    );
    for (const answer of answers) await answer();
    const other = canary === 'deploy-eu' ? 'us' : 'eu';
    await planning.executors.request(id, `rollback-${other}`);
    await eventually(async () => (await versionIn(application, other)) === '1.0.0', { what: 'back' });
    const { ended } = await planning.why(id);
    expect(ended?.did).toContain(`to 1.0.0 in ${other}; quarantined for`);
    expect(ended?.status).toBe('rolled_back');
  });
});

describe('two releases over one phase', () => {
  it('do not wait for each other: the older takes nothing where the newer is half done', async () => {
    const repository = await planning.register('turns', phaseOf('all'));
    planning.executors.keep('turns', 'build');
    const older = await planning.create('turns');
    const build = await planning.executors.request(older, 'build');
    planning.executors.release('turns', 'build');
    const scope = { application: 'turns', environment: 'us' };
    const hold = await planning.call(ann, 'POST', '/v1/holds', { message: 'eu first', scope });
    await repository.commit('fix: prices');
    const newer = await planning.create('turns');
    await planning.release(newer, stageIs('deploy-eu', 'succeeded'), 'half done');
    await planning.executors.finish(build);
    const waits = await planning.release(older, stageIs('deploy-eu', 'blocked'), 'it would downgrade');
    expect(stage(waits, 'deploy-eu')?.blockers).toMatchObject([{ code: 'would_downgrade' }]);
    await planning.call(ann, 'DELETE', `/v1/holds/${hold.body.id}`);
    await planning.release(newer, is('completed'), 'completed');
    expect(stage(await planning.release(older, is('running'), 'waits'), 'deploy-us')).toMatchObject({
      status: 'blocked',
      attempt: 0,
    });
  });
});
