import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { ann, Installation, is, manifestOf, person, stage, stageIs } from '../testing/installation.js';

let planning: Installation;
beforeAll(async () => {
  planning = await Installation.start();
});
afterAll(() => planning.stop());

describe('gates', () => {
  it('a freeze stops the next deployment until two people override it', async () => {
    await planning.register('frozen');
    const window = {
      name: 'holidays',
      scope: { application: 'frozen', environment: 'production' },
      reason: 'R',
      from: '2020-01-01T00:00:00Z',
      to: '2100-01-01T00:00:00Z',
    };
    const freeze = await planning.call(ann, 'POST', '/v1/freezes', window);
    expect(freeze.status).toBe(201);
    const id = await planning.create('frozen');
    await planning.release(id, stageIs('deploy-production', 'blocked'), 'frozen');
    expect((await planning.why(id)).blockers).toMatchObject([
      { code: 'window_closed', liftsAt: '2100-01-01T00:00:00.000Z' },
    ]);
    const asked = await planning.call(ann, 'POST', `/v1/freezes/${freeze.body.id}/overrides`, {
      releaseId: id,
      reason: 'R',
    });
    const path = `/v1/overrides/${asked.body.id}/confirmations`;
    expect(await planning.call(ann, 'POST', path)).toMatchObject({ status: 403, body: { code: 'self_confirmation' } });
    const robot = person('robot', { kind: 'machine' });
    expect(await planning.call(robot, 'POST', path)).toMatchObject({ status: 403, body: { code: 'machine_vote' } });
    expect(stage(await planning.release(id, () => true, 'there'), 'deploy-production')?.status).toBe('blocked');
    expect((await planning.call(person('bob'), 'POST', path)).status).toBe(200);
    await planning.release(id, is('completed'), 'passes the freeze');
  });

  it('a hold stops what comes next and lets it go on when it is lifted', async () => {
    await planning.register('held');
    planning.executors.keep('held', 'build');
    const id = await planning.create('held');
    const build = await planning.executors.request(id, 'build');
    const hold = await planning.call(ann, 'POST', '/v1/holds', {
      message: 'incident review',
      scope: { releaseId: id },
    });
    await planning.executors.finish(build);
    await planning.release(id, stageIs('deploy-staging', 'blocked'), 'held');
    expect((await planning.why(id)).blockers).toMatchObject([{ code: 'held', detail: '"incident review"' }]);
    const seenBy = async (who: typeof ann) => (await planning.call(who, 'GET', '/v1/holds')).body.items.length;
    const stranger = person('carl', { bindings: [{ role: 'developer', application: 'another' }] });
    expect([await seenBy(ann), await seenBy(stranger)]).toEqual([1, 0]);
    expect((await planning.call(ann, 'DELETE', `/v1/holds/${hold.body.id}`)).status).toBe(204);
    await planning.release(id, is('completed'), 'goes on');
  });

  it('a rollback in an environment that there is not is told which there are', async () => {
    await planning.register('misspelt');
    const id = await planning.create('misspelt');
    await planning.release(id, is('completed'), 'completes');
    expect(await planning.post(id, 'rollbacks', { environment: 'prodution', reason: 'R' })).toMatchObject({
      status: 404,
      body: { detail: 'misspelt has no environment prodution; it has staging, production' },
    });
  });

  it('a rollback in a second environment is refused while the first goes on, and nothing is quarantined there', async () => {
    const repository = await planning.register('twice');
    await planning.release(await planning.create('twice'), is('completed'), 'baseline');
    await repository.commit('feat: more');
    const id = await planning.create('twice');
    await planning.release(id, is('completed'), 'completed');
    planning.executors.keep('twice', 'rollback-production');
    const back = (environment: string) => planning.post(id, 'rollbacks', { environment, reason: 'R' });
    expect((await back('production')).status).toBe(202);
    const request = await planning.executors.request(id, 'rollback-production');
    expect((await back('production')).status).toBe(202);
    expect(await back('staging')).toMatchObject({
      status: 409,
      body: { code: 'rollback_in_flight', detail: 'twice@1.1.0 is being rolled back in production' },
    });
    const quarantines = await planning.call(ann, 'GET', '/v1/quarantines?application=twice');
    expect(quarantines.body.items).toMatchObject([{ environment: 'production' }]);
    await planning.executors.finish(request);
    await planning.release(id, is('rolled_back'), 'is back');
  });

  it('an approval is refused in three ways before it counts', async () => {
    await planning.register('asked', 'environments:\n  production:\n    approvals: [{ team: leads, required: 1 }]\n');
    const id = await planning.create('asked');
    const { planHash } = await planning.release(id, stageIs('approve', 'blocked'), 'asks');
    const vote = (name: string, more: object) => planning.post(id, 'approvals', { planHash }, person(name, more));
    expect(await vote('eve', { bindings: [{ role: 'viewer' }] })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect(await vote('ann', { teams: ['leads'] })).toMatchObject({
      status: 403,
      body: { code: 'self_approval', fix: 'one of leads' },
    });
    expect(await vote('bob', {})).toMatchObject({ status: 403, body: { code: 'not_in_team' } });
    expect(
      await planning.post(id, 'approvals', { planHash: 'other' }, person('cleo', { teams: ['leads'] })),
    ).toMatchObject({
      status: 409,
      body: { code: 'plan_changed' },
    });
    expect((await vote('cleo', { teams: ['leads'] })).status).toBe(200);
    await planning.release(id, is('completed'), 'approved');
  });
});

describe('a cancel', () => {
  it('while the build runs tells the builder and ends with its answer', async () => {
    await planning.register('stopped');
    planning.executors.keep('stopped', 'build');
    const id = await planning.create('stopped');
    const build = await planning.executors.request(id, 'build');
    await planning.executors.start(build);
    expect((await planning.post(id, 'cancellations', { reason: 'no longer wanted' })).status).toBe(202);
    await eventually(() => planning.executors.cancels.some(({ releaseId }) => releaseId === id), {
      what: 'the builder is told',
    });
    await planning.executors.finish(build, { outcome: 'cancelled' });
    const cancelled = await planning.release(id, is('cancelled'), 'cancelled');
    expect(cancelled.cause?.detail).toBe('no longer wanted');
    expect(await planning.post(id, 'cancellations', { reason: 'R' })).toMatchObject({
      status: 409,
      body: { allowedTransitions: [] },
    });
  });
});

describe('a release that was cancelled while it was watched', () => {
  it('says where it runs on, and the next one begins after it', async () => {
    const repository = await planning.register('left');
    planning.executors.keep('left', 'monitor-production');
    const id = await planning.create('left');
    const watch = await planning.executors.request(id, 'monitor-production');
    await planning.executors.start(watch);
    expect((await planning.post(id, 'cancellations', { reason: 'R' })).status).toBe(202);
    await planning.executors.finish(watch, { outcome: 'cancelled' });
    await planning.release(id, is('cancelled'), 'cancelled');
    expect((await planning.why(id)).ended?.did).toBe(
      'cancelled; production runs 1.0.0, unwatched: rollback left --env production --reason R',
    );
    await repository.commit('fix: prices');
    const next = await planning.release(await planning.create('left'), stageIs('build', 'succeeded'), 'the next');
    expect([next.version, next.changes.length]).toEqual(['1.0.1', 1]);
  });
});

describe('a release of an application that was handed over', () => {
  it('is the business of the team that has the application now, and no longer of the one before', async () => {
    const { location: repository } = await planning.register('handed');
    const id = await planning.create('handed');
    await planning.release(id, is('completed'), 'completed');
    const manager = (team: string) => person(`of-${team}`, { bindings: [{ role: 'release-manager', team }] });
    const seen = async (team: string) => {
      const list = await planning.call(manager(team), 'GET', '/v1/releases?application=handed');
      const one = await planning.call(manager(team), 'GET', `/v1/releases/${id}`);
      return [list.body.items.length, one.status];
    };
    expect([await seen('shop'), await seen('core')]).toEqual([
      [1, 200],
      [0, 404],
    ]);
    const body = { team: 'core', repository, manifestText: manifestOf('handed') };
    const path = '/v1/applications/handed';
    const etag = (await planning.call(ann, 'GET', path)).headers.get('etag') ?? '';
    expect((await planning.call(ann, 'PUT', path, body, { 'if-match': etag })).status).toBe(200);
    expect([await seen('shop'), await seen('core')]).toEqual([
      [0, 404],
      [1, 200],
    ]);
    const hold = { message: 'R', scope: { releaseId: id } };
    expect((await planning.call(manager('core'), 'POST', '/v1/holds', hold)).status).toBe(201);
    expect((await planning.call(manager('shop'), 'POST', '/v1/holds', hold)).status).toBe(404);
    const holds = async (team: string) => (await planning.call(manager(team), 'GET', '/v1/holds')).body.items.length;
    expect([await holds('core'), await holds('shop')]).toEqual([1, 0]);
  });
});

describe('a command that loses against another one', () => {
  it('is carried out all the same, with and without an Idempotency-Key', async () => {
    await planning.register('crowded');
    planning.executors.keep('crowded', 'build');
    const id = await planning.create('crowded');
    await planning.executors.request(id, 'build');
    await planning.loseNext('gate');
    const hold = { message: 'R', scope: { releaseId: id } };
    expect((await planning.call(ann, 'POST', '/v1/holds', hold)).status).toBe(201);
    await planning.loseNext('release', "NEW.state ? 'cancelRequested'");
    const path = `/v1/releases/${id}/cancellations`;
    const key = { 'idempotency-key': 'crowded' };
    expect((await planning.call(ann, 'POST', path, { reason: 'R' }, key)).status).toBe(202);
  });
});

describe('over HTTP', () => {
  it('a create with the same key makes one release', async () => {
    await planning.register('once');
    const key = { 'idempotency-key': 'k1' };
    const call = (body: object) => planning.call(ann, 'POST', '/v1/releases', body, key);
    const [one, two] = [await call({ application: 'once' }), await call({ application: 'once' })];
    expect([one.status, two.status, two.body.id]).toEqual([202, 202, one.body.id]);
    expect((await call({ application: 'once', version: '2.0.0' })).status).toBe(422);
    const listed = await planning.call(ann, 'GET', '/v1/releases?application=once');
    expect(listed.body.items.length).toBe(1);
  });

  it.each([
    [{ version: '1.0.0+b' }, '/version'],
    [{ version: '1.0.0', bump: 'minor' }, '/bump'],
  ])('a create that wishes %j is refused, and says why', async (wish, pointer) => {
    const body = { application: 'wished', ...wish };
    const refused = await planning.call(ann, 'POST', '/v1/releases', body);
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  it('another team’s release is not there', async () => {
    await planning.register('private');
    const id = await planning.create('private');
    const other = person('mallory', { teams: ['other'], bindings: [{ role: 'developer', team: 'other' }] });
    expect((await planning.call(other, 'GET', `/v1/releases/${id}`)).status).toBe(404);
    expect((await planning.post(id, 'cancellations', { reason: 'R' }, other)).status).toBe(404);
    expect((await planning.call(other, 'GET', '/v1/releases?application=private')).body.items).toEqual([]);
  });

  it('an application changes only for who has seen it as it is', async () => {
    const repository = await planning.register('edited');
    const seen = await planning.call(ann, 'GET', '/v1/applications/edited');
    const etag = seen.headers.get('etag') ?? '';
    expect(
      (await planning.call(ann, 'GET', '/v1/applications/edited', undefined, { 'if-none-match': etag })).status,
    ).toBe(304);
    const put = (headers: object, window: string) =>
      planning.call(
        ann,
        'PUT',
        '/v1/applications/edited',
        { manifestText: manifestOf('edited', `feedback: { window: ${window} }\n`), repository: repository.location },
        headers,
      );
    expect((await put({}, '1d')).status).toBe(428);
    const changed = await put({ 'if-match': etag }, '1d');
    expect([changed.status, changed.body.definitionVersion]).toEqual([200, 2]);
    expect((await put({ 'if-match': etag }, '2d')).status).toBe(412);
    const wrong = await planning.call(ann, 'POST', '/v1/applications', { manifestText: 'name: x', repository: '/x' });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_manifest' } });
  });
});

describe('lists', () => {
  it('give every release and every slot once, however small the pages', async () => {
    await planning.register('paged');
    const created: string[] = [];
    // One after the other: an older version behind a newer one would wait as would_downgrade.
    for (const version of ['1.0.0', '1.0.1', '1.0.2']) {
      const id = await planning.create('paged', { version });
      await planning.release(id, is('completed'), 'is done');
      created.push(id);
    }
    expect(await pages('/v1/releases?application=paged')).toEqual(created.toReversed());
    expect(await pages('/v1/slots?application=paged')).toEqual(['paged/production', 'paged/staging']);
  });

  it('refuse the cursor of another filter', async () => {
    const { body } = await planning.call(ann, 'GET', '/v1/releases?application=paged&limit=1');
    const stolen = `/v1/releases?limit=1&cursor=${String((body as unknown as { nextCursor: string }).nextCursor)}`;
    expect(await planning.call(ann, 'GET', stolen)).toMatchObject({ status: 400, body: { code: 'invalid' } });
  });

  async function pages(path: string): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await planning.call(ann, 'GET', `${path}&limit=1${cursor}`);
      const page = body as unknown as { items: { id: string }[]; nextCursor: string | null };
      ids.push(...page.items.map(({ id }) => id));
      if (page.nextCursor === null) return ids;
      cursor = `&cursor=${page.nextCursor}`;
    }
  }
});
