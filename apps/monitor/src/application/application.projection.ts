import type { Database } from '@signalbox/persistence';

/** Whose applications are: a copy of what planning defines. */
export class ApplicationStore {
  constructor(private readonly database: Database) {}

  async keep(name: string, team: string, definitionVersion: number): Promise<void> {
    await this.database.query(
      `INSERT INTO application (name, team, definition_version) VALUES ($1, $2, $3)
       ON CONFLICT (name) DO UPDATE SET team = excluded.team, definition_version = excluded.definition_version
         WHERE application.definition_version <= excluded.definition_version`,
      [name, team, definitionVersion],
    );
  }

  async findTeam(name: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ team: string }>('SELECT team FROM application WHERE name = $1', [name]);
    return row?.team;
  }
}
