import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { signalbox } from './support/cli.js';
import { Installation } from './support/installation.js';
import { Journey, stageOf } from './support/journey.js';
import { Shop } from './support/shop.js';

/** A suite that a tool outside does, from the stage that waits for it to the release that goes on. */
describe('a stage done from outside', () => {
  const installation = new Installation(['--no-demo'], undefined, { EVENT_SOURCES: 'argo=/argo,other=/other' });
  const shop = new Shop({ name: 'outside', bake: '500ms' });
  const journey = new Journey(installation, shop.directory, shop.name);
  const cli = (...args: string[]) => signalbox(installation, args);
  let key = '';

  beforeAll(async () => {
    const suites = '  staging: { suites: [{ name: load, executor: { event: argo }, timeout: 10m }] }';
    shop.commit('feat: tested outside', { 'signalbox.yaml': shop.manifest().replace('  staging: {}', suites) });
    installation.start();
    await installation.ready();
    await journey.register();
    key = (await cli('event-source', 'key', 'argo')).stdout.split('\n')[0] ?? '';
  }, 180_000);

  afterAll(() => installation.discard());

  const finished = (id: string, chainId: string, more: object = {}) =>
    JSON.stringify({
      specversion: '1.0',
      id,
      type: 'dev.cdevents.testsuiterun.finished.0.3.0',
      time: new Date().toISOString(),
      data: {
        context: { chainId },
        subject: { id: 'load-7', content: { environment: { id: 'staging' }, outcome: 'success' } },
      },
      ...more,
    });
  const report = (id: string, chainId: string, more: object = {}) =>
    fetch(`${installation.url}/v1/event-sources/argo/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' },
      body: finished(id, chainId, more),
    });

  it('says what it waits for, takes no word of others, and goes on with that of its source', async () => {
    const release = await journey.release();
    await journey.until(release, 'the suite to be awaited', (seen) =>
      stageOf(seen, 'test-staging').blockers.some(({ code }) => code === 'event_awaited'),
    );
    const why = await cli('release', 'why', release.id);
    expect(why.stdout).toMatch(
      /event_awaited {2}argo has to report suite load\n {4}lifts {2}in .*\n {4}who {4}argo\n {4}do {5}events report \S+ --source argo --env staging --suite load --outcome success\n$/,
    );

    expect((await report('forged', release.id, { source: '/other' })).status).toBe(403);
    expect(await cli('events', 'report', release.id, '--source', 'other', '--outcome', 'failure')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: no suite of outside@1.0.0 waits for other\n  staging: argo has to report suite load\nfix: release why outside@1.0.0\n',
    });
    const publish = ['events', 'publish', '-', '--source', 'other'];
    const foreign = await signalbox(installation, publish, finished('o1', release.id, { source: '/other' }));
    expect(foreign.stdout).toBe('1 accepted, 0 duplicates, 0 refused\n');
    const missed = () => journey.api<{ items: object[] }>('GET', '/v1/missed-reports');
    await eventually(async () => (await missed()).items.length === 1, { what: 'the report of another is listed' });
    expect((await report('r1', release.id)).status).toBe(202);
    const ended = await journey.ended(release);
    expect([ended.status, stageOf(ended, 'test-staging').status]).toEqual(['completed', 'succeeded']);
    expect((await missed()).items).toMatchObject([{ code: 'unmatched', source: 'other' }]);

    expect(await (await report('r1', release.id)).json()).toEqual({ accepted: 0, duplicates: 1, refused: [] });
    expect((await cli('event-source', 'list')).stdout).toMatch(
      /^argo +\/argo +1 accepted +1 duplicates +1 refused +\S+ ago {2}sb\S+\.signalbox\.inbound\.argo$/m,
    );
    expect((await cli('event-source', 'refusals', 'argo')).stdout).toMatch(/forged +forged_source/);
  }, 180_000);

  it('gets no key of somebody who may do something else', async () => {
    const body = { name: 'other-events', kind: 'machine', bindings: [{ role: 'operator' }] };
    await journey.api('POST', '/v1/principals', body);
    const { code, stderr } = await cli('event-source', 'key', 'other');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/other-events .* may do something else/),
    });
    const again = await cli('event-source', 'key', 'argo');
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^sbx_/)]);
  });

  it('fails when the tool says so', async () => {
    shop.change('feat: too slow');
    const release = await journey.release();
    await journey.until(release, 'the suite to be awaited', (seen) =>
      stageOf(seen, 'test-staging').blockers.some(({ code }) => code === 'event_awaited'),
    );
    const args = ['--source', 'argo', '--outcome', 'failure', '--reason', 'p99 of 2 s'];
    expect((await cli('events', 'report', release.id, ...args)).code).toBe(0);
    const ended = await journey.ended(release);
    expect([ended.status, stageOf(ended, 'test-staging').detail]).toEqual(['failed', 'p99 of 2 s']);
  }, 120_000);

  it('in two environments is reported for the one that is named, and for the one that still waits', async () => {
    const regions = new Shop({ name: 'regions' });
    const suites = '{ suites: [{ name: load, executor: { event: argo } }] }';
    const manifest = `apiVersion: signalbox/v1
name: regions
build: { steps: [{ run: [node, --check, server.js] }] }
runtime: { command: [node, server.js], healthCheckPath: /healthz }
lifecycle: [{ phase: live, environments: [eu, us] }]
environments: { eu: ${suites}, us: ${suites} }
`;
    regions.commit('feat: two regions', { 'signalbox.yaml': manifest });
    const there = new Journey(installation, regions.directory, regions.name);
    await there.register();
    const release = await there.release();
    await there.until(release, 'both to be awaited', (seen) =>
      ['eu', 'us'].every((environment) =>
        stageOf(seen, `test-${environment}`).blockers.some(({ code }) => code === 'event_awaited'),
      ),
    );
    const succeeded = ['events', 'report', release.id, '--source', 'argo', '--outcome', 'success'];
    expect(await cli(...succeeded)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: suites of regions@1.0.0 wait for argo in eu, us\nfix: --env eu, or another of them\n',
    });
    expect((await cli(...succeeded, '--env', 'us')).stdout).toBe('success of load in us reported as argo\n');
    await there.until(release, 'us to be done', (seen) => stageOf(seen, 'test-us').status === 'succeeded');
    expect((await cli(...succeeded)).stdout).toBe('success of load in eu reported as argo\n');
    expect((await there.ended(release)).status).toBe('completed');
  }, 120_000);
});
