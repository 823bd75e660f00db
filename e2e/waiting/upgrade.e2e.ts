import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { Client } from 'pg';
import { Installation } from '../support/installation.js';
import { isCanaryAt, Journey, stageOf } from '../support/journey.js';
import type { ReleaseSeen } from '../support/journey.js';
import { TestRepository } from '../support/repository.js';
import { restore } from '../upgrade/fixture.js';
import type { Restored } from '../upgrade/fixture.js';

interface Metrics {
  figures: { deploymentFrequency: { count: number } };
}

const dayMs = 86_400_000;
const folder = join(import.meta.dirname, '..', 'upgrade');
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));
const ages = [
  { age: 'a moment ago', downMs: 0 },
  { age: '60 days ago', downMs: 60 * dayMs },
];

/** Databases and a log that an earlier build has written, killed in the midst of its work, are today's from now on. */
describe.each(fixtures.flatMap((fixture) => ages.map((when) => ({ fixture, ...when }))))(
  'upgrade from $fixture, stopped $age',
  ({ fixture, downMs }) => {
    const installation = new Installation(['--no-demo']);
    const journey = new Journey(installation, folder, 'upgraded');
    let restored: Restored;

    const idOf = (application: string) => restored.seen.releases[application] ?? '';
    const ended = (application: string) => journey.ended({ id: idOf(application) });
    const post = (path: string, body: object, key?: string) => journey.api<ReleaseSeen>('POST', path, body, key);
    const rows = <R extends object>(database: string, sql: string) => query<R>(installation, database, sql);

    const deployments = async (application: string) =>
      (await journey.api<Metrics>('GET', `/v1/delivery-metrics?application=${application}`)).figures.deploymentFrequency
        .count;

    beforeAll(async () => {
      restored = await restore(join(folder, fixture), installation.state, downMs);
      installation.start();
      await installation.ready();
    }, 120_000);
    afterAll(() => installation.discard());

    it('keeps the migrations that were applied, each once', async () => {
      for (const [database, before] of Object.entries(restored.migrations)) {
        if (before.length === 0) continue;
        const applied = await rows<{ name: string }>(database, 'SELECT name FROM schema_migration ORDER BY timestamp');
        expect(applied.map(({ name }) => name)).toEqual(expect.arrayContaining(before));
        expect(new Set(applied.map(({ name }) => name)).size).toBe(applied.length);
      }
    });

    it('reads what had ended as it was read before: release, why, timeline, delivery metrics, feedback', async () => {
      const isOver = ['done', 'failed', 'takenBack', 'parked'].map(idOf);
      const paths = Object.keys(restored.seen.answers).filter(
        (path) =>
          (!path.startsWith('/v1/releases') && !path.startsWith('/v1/activities')) ||
          isOver.some((id) => path.includes(id)),
      );
      expect(paths.length).toBeGreaterThan(15);
      for (const path of paths) {
        const { asOf: _, ...before } = restored.seen.answers[path] as { asOf?: string };
        expect({ path, body: await journey.api<object>('GET', path) }).toMatchObject({ path, body: asToldNow(before) });
      }
    }, 60_000);

    it('goes on with what needs nobody: a build under way, events unsent, events unread, a watch', async () => {
      // Reads the log of before; were it gone, planning would ask again, and only its delivery metrics would lack it.
      const releases = await Promise.all(['building', 'unsent', 'late', 'watched'].map(ended));
      expect(releases.map(({ status, cause }) => ({ status, cause }))).toEqual(
        Array.from({ length: 4 }, () => ({ status: 'completed', cause: undefined })),
      );
      for (const application of ['late', 'unsent'])
        await eventually(async () => (await deployments(application)) === 1, {
          what: `the deployment of ${application}`,
        });
    }, 150_000);

    it('an approval is still asked for and completes the release; one that has expired has failed it', async () => {
      if (downMs > 0) {
        const release = await ended('asked');
        expect({ status: release.status, cause: release.cause }).toMatchObject({
          status: 'failed',
          cause: { code: 'approval_expired', stage: 'approve' },
        });
        return;
      }
      const { planHash } = await journey.see({ id: idOf('asked') });
      await post(`/v1/releases/${idOf('asked')}/approvals`, { planHash }, restored.seen.leadKey);
      expect((await ended('asked')).status).toBe('completed');
    }, 60_000);

    it('a canary still stands where it was paused, and completes when promoted; one that waited too long is taken back', async () => {
      const release = { id: idOf('canary') };
      if (downMs > 0) {
        const { status, cause } = await ended('canary');
        expect({ status, cause }).toMatchObject({
          status: 'rolled_back',
          cause: { code: 'pause_expired', stage: 'deploy-production' },
        });
        return;
      }
      await journey.until(release, 'the pause', (seen) => isCanaryAt(seen, 20));
      await post(`/v1/releases/${release.id}/promotions`, { environment: 'production', reason: 'go on', full: false });
      expect((await ended('canary')).status).toBe('completed');
    }, 60_000);

    it('a freeze and a hold still block; lifted, they let their releases complete', async () => {
      const codes = async (application: string) =>
        stageOf(await journey.see({ id: idOf(application) }), 'deploy-production').blockers.map(({ code }) => code);
      expect([await codes('frozen'), await codes('held')]).toEqual([['window_closed'], ['held']]);
      await journey.api('DELETE', `/v1/freezes/${restored.seen.freeze}`);
      const { items } = await journey.api<{ items: { id: string }[] }>('GET', '/v1/holds');
      for (const { id } of items) await journey.api('DELETE', `/v1/holds/${id}`);
      expect([(await ended('frozen')).status, (await ended('held')).status]).toEqual(['completed', 'completed']);
    }, 60_000);

    it('what was quarantined still may not go out until it is allowed', async () => {
      const blocked = await journey.see({ id: idOf('back') });
      expect(stageOf(blocked, 'deploy-production').blockers.map(({ code }) => code)).toEqual(['quarantined']);
      const { items } = await journey.api<{ items: { id: string; application: string }[] }>('GET', '/v1/quarantines');
      for (const { id } of items.filter(({ application }) => application === 'back'))
        await post(`/v1/quarantines/${id}/lifts`, { reason: 'it was the network' });
      expect((await ended('back')).status).toBe('completed');
    }, 60_000);

    it('events that were held back can be redriven', async () => {
      const parked = () =>
        journey.api<{ items: { topic: string; key: string }[] }>('GET', '/v1/parked-events/feedback');
      const [held] = (await parked()).items;
      expect(held?.topic).toBe('signalbox.deployment');
      await post('/v1/parked-events/feedback/redrives', { topic: held?.topic, key: held?.key });
      await eventually(async () => (await parked()).items.length === 0, { what: 'nothing to be held back' });
      await eventually(async () => (await deployments('parked')) === 1, { what: 'the deployment that was held back' });
    }, 60_000);

    it('the next release has the next version', async () => {
      new TestRepository(restored.repository('done')).commit('fix: after the upgrade', { 'changes.txt': 'new' });
      const release = await post('/v1/releases', { application: 'done' });
      const next = await journey.ended(release);
      expect({ status: next.status, version: next.version }).toEqual({ status: 'completed', version: '1.0.2' });
    }, 60_000);

    it('no event is lost or taken twice', async () => {
      const logged = async () =>
        (
          await rows<{ id: string }>('log', `SELECT headers->>'ce_id' AS id FROM log WHERE topic NOT LIKE '%reference'`)
        ).map(({ id }) => id);
      const archived = async () =>
        (await rows<{ id: string }>('gateway', 'SELECT event_id AS id FROM activity')).map(({ id }) => id);
      await eventually(
        async () => {
          const kept = new Set(await archived());
          return (await logged()).every((id) => kept.has(id));
        },
        { what: 'the archive to hold all that is in the log' },
      );
      const all = await archived();
      expect(new Set(all).size).toBe(all.length);
      const versions = await rows(
        'planning',
        `SELECT application, app_version FROM release WHERE app_version IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1`,
      );
      expect(versions).toEqual([]);
      for (const database of Object.keys(restored.migrations).filter((name) => name !== 'log'))
        expect({ database, held: await rows(database, 'SELECT topic, key, state FROM parked_key') }).toEqual({
          database,
          held: [],
        });
    }, 60_000);
  },
);

async function query<R extends object>({ state }: Installation, database: string, sql: string): Promise<R[]> {
  const access = readFileSync(join(state, 'embedded', 'postgres', 'access.json'), 'utf8');
  const { port, password } = JSON.parse(access) as { port: number; password: string };
  const client = new Client({ connectionString: `postgres://signalbox:${password}@127.0.0.1:${port}/${database}` });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Advice had a placeholder for the environment, and names it now; facts are as they were. */
function asToldNow(before: object): object {
  const text = JSON.stringify(before).replaceAll('--env ENV', '--env production');
  return JSON.parse(text) as object;
}
