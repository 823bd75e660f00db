import type { Database } from '@signalbox/persistence';
import type { IncidentFact, Period, ProductionFact } from './deployments.js';

type Named<T> = T & { application: string };

interface IncidentRow {
  id: string;
  environment: string;
  release_id: string | null;
  version: string | null;
  opened_at: Date;
  opened_event_id: string;
  resolved_at: Date | null;
  resolved_event_id: string | null;
}

/** Facts of delivery as they were heard; each is written once, however often it is delivered. */
export class DeliveryStore {
  constructor(private readonly database: Database) {}

  async keep({
    eventId,
    kind,
    application,
    environment,
    releaseId,
    version,
    at,
  }: Named<ProductionFact>): Promise<void> {
    await this.database.query(
      `INSERT INTO production_fact (event_id, kind, application, environment, release_id, version, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (event_id) DO NOTHING`,
      [eventId, kind, application, environment, releaseId, version, at],
    );
  }

  /** Begin and end of an incident may be heard in either order. */
  async keepIncident(incident: Named<Partial<IncidentFact> & { id: string; environment: string }>): Promise<void> {
    const { id, application, environment, releaseId, version } = incident;
    const { openedAt, openedEventId, resolvedAt, resolvedEventId } = incident;
    await this.database.query(
      `INSERT INTO incident (id, application, environment, release_id, version, opened_at, opened_event_id, resolved_at, resolved_event_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (id) DO UPDATE SET
         opened_at = coalesce(incident.opened_at, excluded.opened_at),
         opened_event_id = coalesce(incident.opened_event_id, excluded.opened_event_id),
         resolved_at = coalesce(incident.resolved_at, excluded.resolved_at),
         resolved_event_id = coalesce(incident.resolved_event_id, excluded.resolved_event_id)`,
      [id, application, environment, releaseId, version, openedAt, openedEventId, resolvedAt, resolvedEventId].map(
        (value) => value ?? null,
      ),
    );
  }

  /** All that happened to the releases of which something happened between two times. */
  async factsOf(application: string, environments: readonly string[], { from, to }: Period): Promise<ProductionFact[]> {
    const touched = await this.database.query<{ release_id: string }>(
      `SELECT DISTINCT release_id FROM production_fact
       WHERE application = $1 AND environment = ANY($2) AND at >= $3 AND at < $4`,
      [application, environments, from, to],
    );
    // Asked in one, PostgreSQL may choose to read all that ever happened in the application.
    return this.database.query<ProductionFact>(
      `SELECT event_id AS "eventId", kind, environment, release_id AS "releaseId", version, at FROM production_fact
       WHERE release_id = ANY($1) AND application = $2 AND environment = ANY($3) ORDER BY at, event_id`,
      [touched.map((row) => row.release_id), application, environments],
    );
  }

  /** Those that began between two times, or name one of the releases. */
  async incidentsOf(
    application: string,
    environments: readonly string[],
    { from, to }: Period,
    facts: readonly ProductionFact[],
  ): Promise<IncidentFact[]> {
    const rows = await this.database.query<IncidentRow>(
      `SELECT * FROM incident WHERE application = $1 AND environment = ANY($2)
         AND (opened_at >= $3 AND opened_at < $4 OR opened_at IS NOT NULL AND (release_id = ANY($5) OR version = ANY($6)))
       ORDER BY opened_at`,
      [
        application,
        environments,
        from,
        to,
        [...new Set(facts.map(({ releaseId }) => releaseId))],
        [...new Set(facts.map(({ version }) => version))],
      ],
    );
    return rows.map((row) => ({
      id: row.id,
      environment: row.environment,
      openedAt: row.opened_at,
      openedEventId: row.opened_event_id,
      ...(row.release_id !== null && { releaseId: row.release_id }),
      ...(row.version !== null && { version: row.version }),
      ...(row.resolved_at !== null && { resolvedAt: row.resolved_at }),
      ...(row.resolved_event_id !== null && { resolvedEventId: row.resolved_event_id }),
    }));
  }
}
