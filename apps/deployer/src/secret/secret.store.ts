import type { Database } from '@signalbox/persistence';
import type { SecretPin } from './secret.js';
import type { SecretBox } from './secret-box.js';

interface Place {
  application: string;
  environment: string;
}

/** Secrets of environments, sealed; every change is a new version. */
export class SecretStore {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
  ) {}

  async put(place: Place, name: string, value: string): Promise<void> {
    const sealed = this.box.seal(value, placeOf(place, name));
    await this.database.runWithRetry(async (tx) => {
      // One after the other: each counts on from the version that the one before has written.
      await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`secret ${placeOf(place, name)}`]);
      await tx.query(
        `INSERT INTO secret (application, environment, name, version, sealed)
         SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4 FROM secret WHERE (application, environment, name) = ($1, $2, $3)`,
        [place.application, place.environment, name, sealed],
      );
    });
  }

  /** Versions that run keep their value; new deployments find the name missing. */
  async remove(place: Place, name: string): Promise<boolean> {
    const rows = await this.database.query(
      'UPDATE secret SET removed = true WHERE (application, environment, name) = ($1, $2, $3) AND NOT removed RETURNING name',
      [place.application, place.environment, name],
    );
    return rows.length > 0;
  }

  /** Newest version of each name that has not been removed. */
  async pins(place: Place): Promise<SecretPin[]> {
    return this.database.query<SecretPin>(
      `SELECT name, max(version) AS version FROM secret WHERE (application, environment) = ($1, $2) AND NOT removed GROUP BY name ORDER BY name`,
      [place.application, place.environment],
    );
  }

  async open(place: Place, pins: Record<string, SecretPin>): Promise<Record<string, string>> {
    const opened: Record<string, string> = {};
    for (const [variable, { name, version }] of Object.entries(pins)) {
      const [row] = await this.database.query<{ sealed: string }>(
        'SELECT sealed FROM secret WHERE (application, environment, name, version) = ($1, $2, $3, $4)',
        [place.application, place.environment, name, version],
      );
      if (!row)
        throw new Error(`secret ${name} version ${version} of ${place.application} ${place.environment} is gone`);
      opened[variable] = this.box.open(row.sealed, placeOf(place, name));
    }
    return opened;
  }
}

function placeOf({ application, environment }: Place, name: string): string {
  return `${application}/${environment}/${name}`;
}
