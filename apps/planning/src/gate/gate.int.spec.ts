import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
import { ann, Installation, person, stageIs } from '../../testing/installation.js';
import { migrations } from '../migrations/index.js';
import { GateStore } from './gate.store.js';

const past = '2020-01-01T00:00:00.000Z';
const future = '2100-01-01T00:00:00.000Z';

describe('over HTTP, gates', () => {
  let planning: Installation;
  let releaseId: string;
  beforeAll(async () => {
    planning = await Installation.start();
    await planning.register('shop');
    planning.executors.keep('shop', 'build');
    releaseId = await planning.create('shop');
    await planning.release(releaseId, stageIs('build', 'requested'), 'builds');
  });
  afterAll(() => planning.stop());

  const carl = person('carl', { teams: ['blog'], bindings: [{ role: 'admin', team: 'blog' }] });
  const idsOf = async (collection: string, who = ann) =>
    ((await planning.call(who, 'GET', `/v1/${collection}`)).body.items as { id: string }[]).map(({ id }) => id);
  const freeze = (more: object = {}) =>
    planning.call(ann, 'POST', '/v1/freezes', { from: past, to: future, reason: 'R', ...more });
  const hold = (more: object = {}) =>
    planning.call(ann, 'POST', '/v1/holds', { message: 'R', scope: { releaseId }, ...more });
  const override = (freezeId: string, more: object = {}, who = ann) =>
    planning.call(who, 'POST', `/v1/freezes/${freezeId}/overrides`, { releaseId, reason: 'R', ...more });

  it('are listed until their time has come', async () => {
    const soon = new Date(Date.now() + 5_000).toISOString();
    const [open, closed] = [await freeze({ scope: { application: 'shop' } }), await freeze({ to: soon })];
    const [held, over] = [await hold(), await hold({ expiresAt: soon })];
    const [asked, late] = [await override(open.body.id), await override(open.body.id, { expiresAt: soon })];
    expect([closed.status, over.status, late.status]).toEqual([201, 201, 201]);
    const left = async () => [await idsOf('freezes'), await idsOf('holds'), await idsOf('overrides')];
    await eventually(async () => (await left()).every(({ length }) => length === 1), {
      withinMs: 15_000,
      what: 'three to end',
    });
    expect(await left()).toEqual([[open.body.id], [held.body.id], [asked.body.id]]);
    expect([await idsOf('freezes', carl), await idsOf('holds', carl), await idsOf('overrides', carl)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('of a scope with a misspelt field are refused, and stop nobody', async () => {
    for (const refused of [
      await freeze({ scope: { enviroment: 'moon' } }),
      await hold({ scope: { aplication: 'x' } }),
    ]) {
      expect([refused.status, refused.body]).toMatchObject([400, { errors: [{ pointer: '/scope' }] }]);
    }
  });

  it('that have ended already, or are for an environment that there is not, are refused', async () => {
    const { body } = await freeze({ scope: { application: 'shop' } });
    for (const refused of [
      await freeze({ to: '2020-01-02T00:00:00Z' }),
      await hold({ expiresAt: past }),
      await override(body.id, { expiresAt: past }),
    ]) {
      expect([refused.status, refused.body]).toMatchObject([400, { errors: [{ message: 'a time to come' }] }]);
    }
    for (const scope of [
      { application: 'shop', environment: 'moon' },
      { releaseId, environment: 'moon' },
      { environment: 'moon' },
    ]) {
      expect([(await freeze({ scope })).body, (await hold({ scope })).body]).toMatchObject(
        ['freeze', 'hold'].map(() => ({
          status: 404,
          detail: expect.stringMatching(/has no environment moon; it has (staging, production|production, staging)$/),
        })),
      );
    }
    expect((await override(body.id, { environment: 'moon' })).status).toBe(404);
  });

  it('are found where their Location says, with their version', async () => {
    const frozen = await freeze({ scope: { application: 'shop', environment: 'production' } });
    for (const made of [frozen, await hold(), await override(frozen.body.id)]) {
      const place = made.headers.get('location') ?? '';
      const found = await planning.call(ann, 'GET', place);
      expect([found.status, found.headers.get('etag'), found.body]).toEqual([200, made.headers.get('etag'), made.body]);
      const none = `${place.slice(0, -1)}_`;
      const [hidden, absent] = [await planning.call(carl, 'GET', place), await planning.call(carl, 'GET', none)];
      expect([hidden.status, absent.status]).toEqual([404, 404]);
      expect(told(hidden.body).replace(made.body.id, '')).toBe(
        told(absent.body).replace(`${made.body.id.slice(0, -1)}_`, ''),
      );
    }
  });

  it('say who ended them and why', async () => {
    const by = { principal: 'prn_ann', name: 'ann', kind: 'person' };
    const [{ body: frozen }, { body: held }] = [await freeze({ scope: { application: 'shop' } }), await hold()];
    expect((await planning.call(ann, 'DELETE', `/v1/freezes/${frozen.id}?reason=over`)).status).toBe(204);
    expect((await planning.call(ann, 'DELETE', `/v1/holds/${held.id}`)).status).toBe(204);
    const shown = async (path: string) => (await planning.call(ann, 'GET', path)).body;
    expect(await shown(`/v1/freezes/${frozen.id}`)).toMatchObject({ removedBy: { ...by, reason: 'over' } });
    expect(await shown(`/v1/holds/${held.id}`)).toMatchObject({ removedBy: by });
    const rules = { approvals: [{ team: 'leads', required: 1 }], reason: 'R' };
    const put = await planning.call(ann, 'PUT', '/v1/environment-protections/moon', rules);
    expect(put).toMatchObject({ status: 200, body: { changedBy: { ...by, reason: 'R' } } });
  });

  it('of everybody are overridden by two people who may both freeze everything', async () => {
    const dana = person('dana', { bindings: [{ role: 'release-manager', team: 'shop' }] });
    const erin = person('erin', { bindings: [{ role: 'release-manager' }] });
    const { body: frozen } = await freeze();
    const { body: asked } = await override(frozen.id);
    const confirm = async (who: typeof ann) =>
      (await planning.call(who, 'POST', `/v1/overrides/${asked.id}/confirmations`)).status;
    expect([await confirm(dana), await confirm(erin)]).toEqual([403, 200]);
  });

  it('of everybody are seen by everybody', async () => {
    const { body } = await freeze({ scope: { environment: 'staging' } });
    expect((await planning.call(carl, 'GET', `/v1/freezes/${body.id}`)).status).toBe(200);
    expect(await idsOf('freezes', carl)).toContain(body.id);
  });

  it('are passed page by page', async () => {
    const all = await idsOf('freezes');
    const { body } = await planning.call(ann, 'GET', '/v1/freezes?limit=1');
    const { nextCursor } = body as unknown as { nextCursor: string };
    expect(await idsOf(`freezes?limit=1&cursor=${nextCursor}`)).toEqual(all.slice(1, 2));
  });

  it('are not overridden for a release that the caller does not see, or that is not there', async () => {
    const { body } = await freeze({ scope: { environment: 'staging' } });
    const everywhere = person('dora', { bindings: [{ role: 'release-manager', team: 'blog' }] });
    expect((await override(body.id, { releaseId: 'rel_none' })).status).toBe(404);
    const own = await freeze({ scope: { application: 'shop' } });
    expect((await override(own.body.id, {}, everywhere)).status).toBe(404);
  });
});

function told(body: object): string {
  const { traceId: _, instance: __, ...rest } = body as Record<string, unknown>;
  return JSON.stringify(rest);
}

describe('gates that were written before their ends were kept', () => {
  it('end at their time', async () => {
    const postgres = await startPostgres();
    const url = await postgres.url('planning');
    const old = await Database.open({ url, name: 'old', migrations: migrations.slice(0, 1) });
    const rows: [string, string, object][] = [
      ['frz_1', 'freeze', { to: past }],
      ['frz_2', 'freeze', { to: future }],
      ['frz_3', 'freeze', { to: '0000-06-01T00:00:00.000Z' }],
      ['hld_1', 'hold', { expiresAt: past }],
      ['hld_2', 'hold', {}],
      ['ovr_1', 'override', { expiresAt: past }],
      ['qrt_1', 'quarantine', { application: 'shop' }],
      ['qrt_2', 'quarantine', { application: 'blog' }],
    ];
    for (const [id, kind, state] of rows) {
      await old.query(
        'INSERT INTO gate (id, version, event_seq, state, kind, removed) VALUES ($1, 1, 1, $2, $3, false)',
        [id, JSON.stringify({ id, kind, ...state }), kind],
      );
    }
    await old.close();
    const now = await Database.open({ url, name: 'new', migrations });
    const { freezes, holds, overrides, quarantines } = await new GateStore(now, () => undefined).reference('shop');
    expect([...freezes, ...holds, ...overrides, ...quarantines]).toMatchObject([
      { id: 'frz_2' },
      { id: 'hld_2' },
      { id: 'qrt_1' },
    ]);
    await now.close();
    await postgres.stop();
  });
});
