/**
 * Years of releases, made from real ones: each row that an installation has stored for one of its own releases is stored
 * again for as many others, with their ids, names, versions and times.
 */

/** Of each application, evenly over so many days: what older archives hold is gone after 400. */
export const releasesEach = 500;
export const days = 390;
/** One in twenty has failed, one was taken back. */
export const kindOf = (index) => (index % 20 === 0 ? 'failed' : index % 20 === 10 ? 'rolled_back' : 'completed');
export const nameOf = (application) => `app-${String(application).padStart(5, '0')}`;
export const versionOf = (index) => `1.${index}.0`;

const name = "'app-' || lpad(a::text, 5, '0')";
const version = "'1.' || i || '.0'";
const kind = "CASE i % 20 WHEN 0 THEN 'failed' WHEN 10 THEN 'rolled_back' ELSE 'completed' END";
const at = `($1::timestamptz + (i * interval '${(days * 86_400) / releasesEach} seconds'))`;
const hex = `lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0')`;
const id = `'rel_' || left(${hex}, 8) || '-' || right(${hex}, 4) || '-7000-8000-' || lpad(to_hex(a::bigint * 65536 + i), 12, '0')`;
/** What a real release has, but for steps in between: about twenty-five events. */
const told =
  "NOT (type LIKE '%progressed%' OR type LIKE '%task%' OR type LIKE '%.build.%' OR type LIKE '%testsuiterun%')";
const chunk = 10;

export class History {
  #applications = 0;

  /** @param templates release by how it ended, of the application `seed` */
  static async open(installation, templates) {
    const made = new History();
    made.templates = templates;
    made.begin = new Date(Date.now() - days * 86_400_000);
    for (const service of ['gateway', 'planning', 'feedback']) made[service] = await installation.database(service);
    for (const client of [made.gateway, made.planning, made.feedback]) {
      await client.query('SET synchronous_commit = off');
      await client.query('CREATE TEMP TABLE template (kind text, id text, version text)');
      for (const [kindName, release] of Object.entries(templates))
        await client.query('INSERT INTO template VALUES ($1, $2, $3)', [kindName, release.id, release.version]);
    }
    await made.gateway.query(
      `CREATE TEMP TABLE template_event AS SELECT seq, type, source, subject, topic, release_id, causation_id,
         content::text AS content, custom_data::text AS custom_data, at - min(at) OVER (PARTITION BY release_id) AS later
       FROM activity JOIN template ON id = release_id WHERE ${told}`,
    );
    for (const client of [made.gateway, made.planning, made.feedback]) await client.query('ANALYZE template');
    await made.gateway.query('ANALYZE template_event');
    return made;
  }

  get applications() {
    return this.#applications;
  }

  /** The id of an application's release; both count from one. */
  idOf(application, index) {
    const at = this.begin.getTime() + Math.round((index * days * 86_400_000) / releasesEach);
    const time = at.toString(16).padStart(12, '0');
    return `rel_${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${(application * 65_536 + index).toString(16).padStart(12, '0')}`;
  }

  /** Events by how a release ended. */
  async eventsOf(kindName) {
    const sql = 'SELECT count(*)::int AS count FROM template_event WHERE release_id = $1';
    return (await this.gateway.query(sql, [this.templates[kindName].id])).rows[0].count;
  }

  /** Grows it to so many applications. */
  async grow(applications) {
    const from = this.#applications + 1;
    await this.#applicationsFrom(from, applications);
    for (let index = 1; index <= releasesEach; index += chunk) {
      const range = [this.begin, from, applications, index, Math.min(releasesEach, index + chunk - 1)];
      await Promise.all([this.#activities(range), this.#releases(range), this.#facts(range)]);
    }
    this.#applications = applications;
    for (const client of [this.gateway, this.planning, this.feedback]) await client.query('VACUUM ANALYZE');
  }

  async #applicationsFrom(from, to) {
    const range = [from, to];
    const series = 'generate_series($1::int, $2::int) AS a';
    await this.gateway.query(`INSERT INTO known_application SELECT ${name}, 'bench' FROM ${series}`, range);
    await this.feedback.query(
      `INSERT INTO application SELECT ${name}, team, production, definition_version FROM application, ${series} WHERE name = 'seed'`,
      range,
    );
    await this.planning.query(
      `INSERT INTO application (id, version, event_seq, state, team)
       SELECT ${name}, version, event_seq, replace(state::text, '"seed"', '"' || ${name} || '"')::jsonb, team
       FROM application, ${series} WHERE id = 'seed'`,
      range,
    );
    await this.planning.query(
      `INSERT INTO slot (id, version, event_seq, state, application, environment)
       SELECT ${name} || '/' || environment, version, event_seq,
         replace(replace(state::text, '"seed"', '"' || ${name} || '"'), '"seed/', '"' || ${name} || '/')::jsonb, ${name}, environment
       FROM slot, ${series} WHERE application = 'seed'`,
      range,
    );
  }

  /** In the order in which they would have happened: that of time, over all applications. */
  #wanted(columns) {
    return `WITH wanted AS MATERIALIZED (
      SELECT a, i, ${name} AS application, ${version} AS version, ${kind} AS kind, ${at} AS at, ${id} AS id
      FROM generate_series($2::int, $3::int) AS a, generate_series($4::int, $5::int) AS i ORDER BY i, a)
      SELECT ${columns} FROM wanted w JOIN template t USING (kind)`;
  }

  #renamed(text) {
    const steps = [
      ['t.id', 'w.id'],
      [`'"seed"'`, `'"' || w.application || '"'`],
      [`'"' || t.version || '"'`, `'"' || w.version || '"'`],
      [`'seed@' || t.version`, `w.application || '@' || w.version`],
    ];
    return steps.reduce((inner, [was, is]) => `replace(${inner}, ${was}, ${is})`, text);
  }

  async #activities(range) {
    await this.gateway.query(
      `INSERT INTO activity (seq, event_id, type, source, subject, topic, at, release_id, application, causation_id, content, custom_data)
       ${this
         .#wanted(`nextval('activity_seq'), md5(w.id || e.seq)::uuid, e.type, e.source, ${this.#renamed('e.subject')}, e.topic,
         w.at + e.later, w.id, w.application, e.causation_id, ${this.#renamed('e.content')}::jsonb,
         ${this.#renamed('e.custom_data')}::jsonb`)}
       JOIN template_event e ON e.release_id = t.id ORDER BY w.i, w.a, e.seq`,
      range,
    );
    await this.gateway.query(`INSERT INTO known_release ${this.#wanted('w.id, w.application')}`, range);
  }

  #releases(range) {
    return this.planning.query(
      `INSERT INTO release (id, version, event_seq, state, created_at, updated_at, application, team, app_version, status)
       ${this.#wanted(`w.id, r.version, r.event_seq, ${this.#renamed('r.state::text')}::jsonb, w.at,
         w.at + (r.updated_at - r.created_at), w.application, r.team, w.version, r.status`)}
       JOIN release r ON r.id = t.id ORDER BY w.i, w.a`,
      range,
    );
  }

  async #facts(range) {
    await this.feedback.query(
      `INSERT INTO release (id, event_id, application, version, planned_at, changes)
       ${this.#wanted(`w.id, md5(w.id)::uuid::text, w.application, w.version, w.at, r.changes`)} JOIN release r ON r.id = t.id`,
      range,
    );
    await this.feedback.query(
      `INSERT INTO production_fact (event_id, kind, application, environment, release_id, version, at)
       ${this.#wanted(`md5(w.id || f.event_id)::uuid::text, f.kind, w.application, f.environment, w.id, w.version,
         w.at + (f.at - r.planned_at)`)}
       JOIN release r ON r.id = t.id JOIN production_fact f ON f.release_id = t.id ORDER BY w.i, w.a, f.at`,
      range,
    );
  }

  async close() {
    for (const client of [this.gateway, this.planning, this.feedback]) await client.end();
  }
}
