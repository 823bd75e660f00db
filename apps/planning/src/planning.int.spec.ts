import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { quarantineDefined, releaseCompleted, releaseRolledBack } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { ann, Installation, is, manifestOf, person, stage, stageIs } from '../testing/installation.js';

let planning: Installation;
beforeAll(async () => {
  planning = await Installation.start();
});
afterAll(() => planning.stop());

describe('a release', () => {
  it('goes through every stage to completed', async () => {
    await planning.register('straight');
    const id = await planning.create('straight');
    const release = await planning.release(id, is('completed'), 'completed');
    expect(release).toMatchObject({ version: '1.0.0', summary: 'first version' });
    expect(release.stages.map((each) => [each.key, each.status])).toEqual([
      ['build', 'succeeded'],
      ['deploy-staging', 'succeeded'],
      ['test-staging', 'succeeded'],
      ['approve', 'skipped'],
      ['deploy-production', 'succeeded'],
      ['monitor-production', 'succeeded'],
      ['feedback', 'succeeded'],
    ]);
    await eventually(
      () => planning.heard.some(({ type, chainId }) => type === releaseCompleted.type && chainId === id),
      { what: 'told' },
    );
    for (const environment of ['staging', 'production']) {
      const slot = await planning.call(ann, 'GET', `/v1/slots/straight/${environment}`);
      expect([slot.status, slot.body.holder, slot.body.current?.version]).toEqual([200, undefined, '1.0.0']);
    }
  });

  it('takes its version and notes from the commits since the last one', async () => {
    const repository = await planning.register('versions');
    await planning.release(await planning.create('versions'), is('completed'), 'completed');
    const nothing = await planning.release(await planning.create('versions'), is('cancelled'), 'nothing new');
    expect(nothing.cause).toMatchObject({ code: 'nothing_to_release' });
    await repository.commit('fix: prices');
    await repository.commit('feat!: carts');
    const next = await planning.release(await planning.create('versions'), is('completed'), 'completed');
    expect(next).toMatchObject({ version: '2.0.0', base: '1.0.0', bump: 'major', summary: '1 feat, 1 fix' });
    expect(next.notes).toContain('### Breaking changes\n- carts');
  });

  it('releases a commit once, however many ask for it at the same time', async () => {
    await planning.register('eager');
    const created = await Promise.all([1, 2, 3].map(() => planning.create('eager')));
    const ends = await Promise.all(
      created.map((release) =>
        planning.release(release, ({ status }) => ['completed', 'cancelled'].includes(status), 'its end'),
      ),
    );
    expect(ends.map(({ status, version }) => [status, version]).toSorted()).toEqual([
      ['cancelled', ''],
      ['cancelled', ''],
      ['completed', '1.0.0'],
    ]);
  });

  it('that is only looked at is none in the list', async () => {
    await planning.register('looked');
    const look = await planning.create('looked', { dryRun: true });
    expect(await planning.release(look, is('cancelled'), 'the look')).toMatchObject({ version: '1.0.0' });
    const { body } = await planning.call(ann, 'GET', '/v1/releases?application=looked');
    expect(body.items).toEqual([]);
  });

  it('says what is wrong with its file and repository', async () => {
    const repository = await planning.register('broken');
    await repository.commit('feat: colours', { 'signalbox.yaml': manifestOf('broken', 'colour: red\n') });
    const refused = await planning.release(await planning.create('broken'), is('failed'), 'refused');
    expect(refused.cause).toMatchObject({
      code: 'invalid_manifest',
      detail: 'signalbox.yaml:5:9 unknown key "colour"',
    });
    const lost = await planning.release(await planning.create('broken', { ref: 'nowhere' }), is('failed'), 'refused');
    expect(lost.cause).toMatchObject({
      code: 'repository_unreadable',
      detail: expect.stringContaining('no commit nowhere'),
    });
  });

  it('goes on after planning was away, with what was said meanwhile', async () => {
    await planning.register('restarted');
    planning.executors.keep('restarted', 'build', 'test-staging');
    const id = await planning.create('restarted');
    const build = await planning.executors.request(id, 'build');
    await planning.executors.start(build);
    await planning.release(id, stageIs('build', 'running'), 'builds');
    await planning.stopPlanning();
    await planning.executors.finish(build);
    await planning.startPlanning();
    const test = await planning.executors.request(id, 'test-staging');
    await planning.stopPlanning();
    await planning.startPlanning();
    await planning.executors.finish(test);
    await planning.release(id, is('completed'), 'completed');
    expect(
      planning.executors.requests.filter(({ releaseId }) => releaseId === id).map(({ attempt }) => attempt),
    ).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('is retried where it errored, and a late word of the old attempt changes nothing', async () => {
    await planning.register('late');
    planning.executors.keep('late', 'test-staging');
    const id = await planning.create('late');
    const first = await planning.executors.request(id, 'test-staging');
    await planning.executors.finish(first, { outcome: 'errored', detail: 'lease lost' });
    const second = await planning.executors.request(id, 'test-staging', 2);
    await planning.executors.finish(first, { outcome: 'failed', reason: 'tests_failed' });
    await planning.executors.start(second);
    const running = await planning.release(id, stageIs('test-staging', 'running'), 'runs');
    expect(stage(running, 'test-staging')?.attempt).toBe(2);
    await planning.executors.finish(second);
    await planning.release(id, is('completed'), 'completed');
  });

  it('that failed its tests stops there, and goes on when a person retries', async () => {
    await planning.register('flaky');
    planning.executors.keep('flaky', 'test-staging');
    const id = await planning.create('flaky');
    const illegal = await planning.post(id, 'retries', { stage: 'build', reason: 'R' });
    expect(illegal).toMatchObject({ status: 409, body: { allowedTransitions: expect.any(Array) } });
    await planning.executors.finish(await planning.executors.request(id, 'test-staging'), {
      outcome: 'failed',
      reason: 'tests_failed',
      detail: '2 of 42',
    });
    const failed = await planning.release(id, is('failed'), 'failed');
    expect([failed.cause?.detail, stage(failed, 'deploy-production')?.status]).toEqual(['2 of 42', 'pending']);
    expect((await planning.post(id, 'retries', { stage: 'test-staging', reason: 'flaky' })).status).toBe(202);
    await planning.executors.finish(await planning.executors.request(id, 'test-staging', 2));
    await planning.release(id, is('completed'), 'completed');
  });
});

describe('two releases of one application', () => {
  it('take turns in an environment; one that only monitors makes way; an older version may not follow', async () => {
    const repository = await planning.register('busy');
    planning.executors.keep('busy', 'deploy-staging', 'monitor-production');
    const first = await planning.create('busy');
    const deploy = await planning.executors.request(first, 'deploy-staging');
    await repository.commit('feat: two');
    const second = await planning.create('busy', { version: '1.1.0' });
    await planning.release(second, stageIs('deploy-staging', 'blocked'), 'second waits');
    expect(await planning.why(second)).toMatchObject({
      state: 'blocked',
      blockers: [{ code: 'environment_busy', detail: 'busy@1.0.0 deploys' }],
    });
    expect(await planning.waits()).toEqual(['environment_busy']);
    const hold = await planning.call(ann, 'POST', '/v1/holds', { message: 'M', scope: { releaseId: second } });
    await eventually(async () => (await planning.why(second)).blockers.length === 2, { what: 'it is held too' });
    expect(await planning.waits()).toEqual(['held']);
    await planning.call(ann, 'DELETE', `/v1/holds/${hold.body.id}`);
    await planning.executors.finish(deploy);
    await planning.executors.start(await planning.executors.request(first, 'monitor-production'));
    await planning.executors.finish(await planning.executors.request(second, 'deploy-staging'));
    const superseded = await planning.release(first, is('completed'), 'superseded');
    expect([superseded.superseded, stage(superseded, 'monitor-production')?.status]).toEqual([true, 'skipped']);
    await planning.executors.finish(await planning.executors.request(second, 'monitor-production'));
    await planning.release(second, is('completed'), 'second completes');
    const older = await planning.create('busy', { version: '1.0.5' });
    await planning.release(older, stageIs('deploy-staging', 'blocked'), 'older waits');
    expect((await planning.why(older)).blockers).toMatchObject([{ code: 'would_downgrade' }]);
    expect((await planning.post(older, 'cancellations', { reason: 'R' })).status).toBe(202);
    await planning.release(older, is('cancelled'), 'cancelled');
  });
});

describe('an event that planning cannot apply', () => {
  it('is a blocker of its release until an operator skips it; what waited behind is applied', async () => {
    await planning.register('garbled');
    planning.executors.keep('garbled', 'build');
    const id = await planning.create('garbled');
    const build = await planning.executors.request(id, 'build');
    await planning.executors.garble(build);
    await planning.executors.finish(build);
    const why = await eventually(
      async () => {
        const seen = await planning.why(id);
        return seen.blockers[0]?.detail.startsWith('2 events') && seen;
      },
      { what: 'both wait' },
    );
    expect(why).toMatchObject({
      state: 'blocked',
      stage: 'build',
      blockers: [
        {
          code: 'events_parked',
          detail: expect.stringMatching(/^2 events of signalbox\.build: .*releaseId: /),
          who: 'operator',
          command: `parked redrive planning --topic signalbox.build --key ${id}`,
        },
      ],
    });
    const selection = { topic: 'signalbox.build', key: id };
    const developer = person('dev', { bindings: [{ role: 'developer' }] });
    const path = '/v1/parked-events/planning';
    const listed = (await planning.call(ann, 'GET', path)).body.items as { eventId: string }[];
    expect(listed).toMatchObject([{ ...selection, events: 2, attempts: 0 }]);
    for (const vague of [{}, { fingerprint: 5 }, { topic: 'signalbox.build' }]) {
      const either = { message: expect.stringMatching(/^wanted is either topic with key.*, or fingerprint alone; /) };
      for (const [action, body, pointer] of [
        ['redrives', vague, ''],
        ['skips', { selection: vague, reason: 'so' }, '/selection'],
      ] as const) {
        const answer = await planning.call(ann, 'POST', `${path}/${action}`, body);
        expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ pointer, ...either }] }]);
      }
    }
    const skip = { selection: { ...selection, eventId: listed[0]?.eventId ?? '' }, reason: 'a defect of the executor' };
    const ofKey = `${path}?${new URLSearchParams(selection)}`;
    const shown = (await planning.call(ann, 'GET', ofKey)).body;
    expect(shown).toMatchObject({ items: [{ eventId: listed[0]?.eventId }, { error: null }], nextCursor: null });
    expect((await planning.call(ann, 'GET', `${ofKey}&limit=1`)).body).toMatchObject({ nextCursor: '1' });
    expect((await planning.call(ann, 'GET', `${path}?topic=signalbox.build`)).status).toBe(400);
    expect((await planning.call(developer, 'POST', `${path}/skips`, skip)).status).toBe(403);
    expect((await planning.call(developer, 'GET', `${path}/actions`)).status).toBe(403);
    expect((await planning.call(ann, 'POST', `${path}/skips`, { ...skip, selection })).status).toBe(400);
    const another = {
      ...skip,
      selection: { ...selection, eventId: (shown.items as { eventId: string }[])[1]?.eventId },
    };
    expect((await planning.call(ann, 'POST', `${path}/skips`, another)).status).toBe(409);
    const beyond = await planning.call(ann, 'GET', `${path}?limit=1&cursor=1`);
    expect(beyond.body).toMatchObject({ items: [], nextCursor: null });
    expect((await planning.call(ann, 'GET', `${path}?limit=0`)).status).toBe(400);
    expect((await planning.call(ann, 'POST', `${path}/redrives`, selection)).status).toBe(202);
    expect((await planning.call(ann, 'POST', `${path}/skips`, skip)).status).toBe(202);
    expect((await planning.call(ann, 'GET', `${path}/actions`)).body.items).toMatchObject([
      { action: 'skip', by: ann.principal, reason: skip.reason, dropped: [{ eventId: skip.selection.eventId }] },
      { action: 'redrive', by: ann.principal, selection },
    ]);
    await planning.release(id, is('completed'), 'completed');
    await eventually(async () => (await planning.call(ann, 'GET', path)).body.items.length === 0, {
      what: 'none left',
    });
    expect((await planning.call(ann, 'POST', `${path}/redrives`, selection)).status).toBe(404);
  });
});

describe('a watch that fails', () => {
  it('has the version before restored, quarantines the digest, and ends the release', async () => {
    const repository = await planning.register('watched');
    await planning.release(await planning.create('watched'), is('completed'), 'baseline');
    await repository.commit('feat: faster');
    planning.executors.keep('watched', 'monitor-production');
    const id = await planning.create('watched');
    await planning.executors.finish(await planning.executors.request(id, 'monitor-production'), {
      outcome: 'failed',
      detail: '3 % of requests fail',
    });
    const request = await planning.executors.request(id, 'rollback-production');
    expect(request).toMatchObject({
      version: '1.0.0',
      deploy: { mode: 'rollback', expectedCurrent: { version: '1.1.0' } },
    });
    const back = await planning.release(id, is('rolled_back'), 'rolled back');
    expect(back.rollback).toMatchObject({
      outcome: 'succeeded',
      targetVersion: '1.0.0',
      reason: 'watch failed: 3 % of requests fail',
    });
    const told = (type: string) =>
      planning.heard.filter(
        (event) =>
          event.type === type &&
          JSON.stringify(event.content).includes('"1.1.0"') &&
          JSON.stringify(event.content).includes('watched'),
      );
    await eventually(() => told(releaseRolledBack.type).length === 1 && told(quarantineDefined.type).length === 1, {
      what: 'told once',
    });
    const slot = await planning.call(ann, 'GET', '/v1/slots/watched/production');
    expect([slot.body.current?.version, slot.body.holder]).toEqual(['1.0.0', undefined]);
    const why = await planning.why(id);
    expect(why.ended).toMatchObject({ status: 'rolled_back', did: 'rolled back to 1.0.0; quarantined for production' });
  });

  it('fails the release where nothing ran before', async () => {
    await planning.register('alone');
    planning.executors.keep('alone', 'monitor-production');
    const id = await planning.create('alone');
    await planning.executors.finish(await planning.executors.request(id, 'monitor-production'), { outcome: 'failed' });
    await planning.release(id, is('failed'), 'failed');
  });
});
