import type { Database } from '@signalbox/persistence';

/** Whose an application is, and where its users are. */
export interface Application {
  name: string;
  team: string;
  production: string[];
}

/** A copy of what planning defines. */
export class ApplicationStore {
  constructor(private readonly database: Database) {}

  /**
   * What was production and is no environment any more (it has another name now) stays: what users had there has happened.
   * @param environments all that it has
   */
  async keep(
    { name, team, production }: Application,
    environments: readonly string[],
    definitionVersion: number,
  ): Promise<void> {
    await this.database.query(
      `INSERT INTO application (name, team, production, definition_version) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE
         SET team = excluded.team, definition_version = excluded.definition_version,
           production = excluded.production ||
             ARRAY(SELECT environment FROM unnest(application.production) AS environment WHERE environment <> ALL($5))
         WHERE application.definition_version <= excluded.definition_version`,
      [name, team, production, definitionVersion, environments],
    );
  }

  async find(name: string): Promise<Application | undefined> {
    const [row] = await this.database.query<Application>(
      'SELECT name, team, production FROM application WHERE name = $1',
      [name],
    );
    return row;
  }
}
