import { setTimeout as pause } from 'node:timers/promises';
import { applications } from './applications.mjs';

const stageOf = (release, key) => release.stages.find((stage) => stage.key === key) ?? { blockers: [] };
const isBlockedBy = (code) => (release) =>
  release.stages.some(({ blockers }) => blockers.some((blocker) => blocker.code === code));
const hasEnded = (release) => !['draft', 'planned', 'running'].includes(release.status);

/** What must still be under way when everything has been killed. */
const underWay = { watched: 'monitor-production', building: 'build', unsent: 'build', late: 'feedback' };

/** Brings releases into every state in which an upgrade can find them, over the public API, and tells what it saw. */
export class Phases {
  /** Release by application, of the one that counts. */
  releases = {};

  constructor(installation, repositories) {
    this.installation = installation;
    this.repositories = repositories;
  }

  async run() {
    await this.#register();
    await Promise.all([
      this.#done(),
      this.#failed(),
      this.#back(),
      this.#frozen(),
      this.#asked(),
      this.#canary(),
      this.#held(),
      this.#parked(),
    ]);
    const seen = await this.#look();
    await this.#watched();
    await this.#late();
    await this.#building();
    await this.#unsent();
    return { ...seen, releases: this.releases, leadKey: this.leadKey };
  }

  async #register() {
    const { installation, repositories } = this;
    for (const name of Object.keys(applications)) {
      await repositories.create(name);
      const wish = { manifestText: repositories.manifest(name), repository: repositories.at(name), team: 'shop' };
      await installation.api('POST', '/v1/applications', wish);
    }
    const lead = { name: 'lead', teams: ['leads'], bindings: [{ role: 'release-manager' }] };
    const { id } = await installation.api('POST', '/v1/principals', lead);
    this.leadKey = (await installation.api('POST', `/v1/principals/${id}/keys`, {})).key;
  }

  async #release(name, wish = {}) {
    const { id } = await this.installation.api('POST', '/v1/releases', { application: name, ...wish });
    this.releases[name] = id;
    return id;
  }

  #until(id, what, holds) {
    return this.installation.see(`/v1/releases/${id}`, what, holds);
  }

  async #completed(name, wish) {
    const release = await this.#until(await this.#release(name, wish), `${name} to end`, hasEnded);
    if (release.status !== 'completed') throw new Error(`${name} ${release.status}: ${JSON.stringify(release.cause)}`);
    return release;
  }

  async #done() {
    await this.#completed('done');
    await this.repositories.change('done', 'fix: a little thing');
    const { version } = await this.#completed('done');
    for (const [kind, text] of [
      ['praise', 'works again'],
      ['complaint', 'was broken'],
    ])
      await this.installation.api('POST', '/v1/feedback', { application: 'done', kind, text, version });
  }

  async #failed() {
    await this.#until(await this.#release('failed'), 'the failure', ({ status }) => status === 'failed');
  }

  async #back() {
    await this.#completed('back');
    await this.repositories.change('back', 'feat: unwanted');
    const { id } = await this.#completed('back');
    const wish = { environment: 'production', reason: 'complaints' };
    await this.installation.api('POST', `/v1/releases/${id}/rollbacks`, wish);
    await this.#until(id, 'the rollback', ({ rollback }) => rollback?.outcome === 'succeeded');
    this.releases.takenBack = id;
    await this.#until(await this.#release('back', { bump: 'patch' }), 'the quarantine', isBlockedBy('quarantined'));
  }

  async #frozen() {
    await this.#completed('frozen');
    const freeze = { from: '2026-01-01T00:00:00Z', to: '2090-01-01T00:00:00Z', reason: 'holidays' };
    const scope = { application: 'frozen', environment: 'production' };
    this.freeze = (await this.installation.api('POST', '/v1/freezes', { ...freeze, scope })).id;
    await this.repositories.change('frozen', 'feat: frozen');
    await this.#until(await this.#release('frozen'), 'the freeze', isBlockedBy('window_closed'));
  }

  async #asked() {
    await this.#until(await this.#release('asked'), 'the approval', isBlockedBy('approval_missing'));
  }

  async #canary() {
    await this.#completed('canary');
    await this.repositories.change('canary', 'feat: step by step');
    const isPaused = (release) => stageOf(release, 'deploy-production').summary?.startsWith('20 %');
    await this.#until(await this.#release('canary'), 'the canary', isPaused);
  }

  async #held() {
    await this.installation.api('POST', '/v1/holds', {
      message: 'look first',
      scope: { application: 'held', environment: 'production' },
    });
    await this.#until(await this.#release('held'), 'the hold', isBlockedBy('held'));
  }

  /** A fault of feedback's database, mended afterwards, for which its events of one release are held back. */
  async #parked() {
    const { installation } = this;
    const fault = `CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a fault'; END $$;
      CREATE TRIGGER fault BEFORE INSERT ON production_fact FOR EACH ROW WHEN (NEW.application = 'parked') EXECUTE FUNCTION fault()`;
    await installation.database('feedback', (client) => client.query(fault));
    await this.#completed('parked');
    await installation.see('/v1/parked-events/feedback', 'a parked key', ({ items }) => items.length > 0);
    await installation.database('feedback', (client) => client.query('DROP FUNCTION fault CASCADE'));
  }

  /** What people could read before the upgrade, and are to read after it. */
  async #look() {
    const ids = Object.values(this.releases);
    const [from, to] = [Date.now() - 86_400_000, Date.now() + 60_000].map((at) => new Date(at).toISOString());
    const paths = [
      ...ids.flatMap((id) => [
        `/v1/releases/${id}`,
        `/v1/releases/${id}/blockers`,
        `/v1/activities?limit=200&releaseId=${id}`,
      ]),
      ...['done', 'back'].map((name) => `/v1/delivery-metrics?application=${name}&from=${from}&to=${to}`),
      '/v1/feedback?application=done',
      '/v1/parked-events/feedback',
    ];
    const answers = {};
    for (const path of paths) answers[path] = await this.installation.api('GET', path);
    return { answers, freeze: this.freeze };
  }

  async #watched() {
    const isWatched = (release) => stageOf(release, 'monitor-production').status === 'running';
    await this.#until(await this.#release('watched'), 'the watch', isWatched);
  }

  /** Feedback hears nothing of this one any more: its events stay unread. */
  async #late() {
    await this.installation.close('feedback');
    const isLast = (release) => stageOf(release, 'feedback').status === 'requested';
    await this.#until(await this.#release('late'), 'feedback to be asked', isLast);
  }

  async #building() {
    const isBuilding = (release) => stageOf(release, 'build').status === 'running';
    await this.#until(await this.#release('building'), 'the build', isBuilding);
  }

  /** Planned, and nobody has been told: the broker is gone. */
  async #unsent() {
    const { installation } = this;
    await installation.close('log');
    await this.#release('unsent');
    const waiting = () =>
      installation.database('planning', async (client) => {
        const { rows } = await client.query(
          "SELECT 1 FROM outbox WHERE type LIKE '%release.planned%' OR type LIKE '%requested%'",
        );
        return rows.length;
      });
    for (let tries = 0; (await waiting()) === 0; tries += 1) {
      if (tries > 200) throw new Error('no event waits in the outbox');
      await pause(50);
    }
  }
  /** A slow machine may have come too late: such a fixture would show nothing. */
  async demandUnderWay() {
    for (const [application, stage] of Object.entries(underWay)) {
      const status = await this.installation.database('planning', async (client) => {
        const { rows } = await client.query(
          "SELECT state->'stages'->$2->>'status' AS status FROM release WHERE id = $1",
          [this.releases[application], stage],
        );
        return rows[0].status;
      });
      if (!['requested', 'running'].includes(status))
        throw new Error(`${stage} of ${application} is ${status} already: once more`);
    }
  }
}
