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

  async keep({ name, team, production }: Application, definitionVersion: number): Promise<void> {
    await this.database.query(
      `INSERT INTO application (name, team, production, definition_version) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE
         SET team = excluded.team, production = excluded.production, definition_version = excluded.definition_version
         WHERE application.definition_version <= excluded.definition_version`,
      [name, team, production, definitionVersion],
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
