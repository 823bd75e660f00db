import type { Migration } from '@signalbox/messaging';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';

const migrationLock = 7_203;

export const migrationsTable = 'schema_migration';

/**
 * Applies what is missing; of several replicas that start at once, one does and the others wait for it.
 * @returns the names of what was applied
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await waitForTurn(runner);
    const applied = await dataSource.runMigrations({ transaction: 'all' });
    return applied.map(({ name }) => name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    await runner.release();
  }
}

/** However long another replica's migrations take: the usual limit for locks is not for this one. */
async function waitForTurn(runner: QueryRunner): Promise<void> {
  await runner.startTransaction();
  await runner.query('SET LOCAL lock_timeout = 0');
  await runner.query('SELECT pg_advisory_lock($1)', [migrationLock]);
  await runner.commitTransaction();
}

/** Throws when the database lacks a migration that this build knows; applies nothing. */
export async function demandMigrated(dataSource: DataSource): Promise<void> {
  const { missing } = await migrationGap(dataSource);
  if (missing.length === 0) return;
  throw new Error(
    `the database lacks ${missing.length} of this version's migrations (${missing[0]}${missing.length > 1 ? ', …' : ''}); ` +
      'apply them with the migrate step (node dist/bundle/main.js migrate)',
  );
}

/** Migrations that this build knows and the database lacks, and those that the database has and this build does not know. */
export interface MigrationGap {
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

export async function migrationGap(dataSource: DataSource): Promise<MigrationGap> {
  const [table] = await dataSource.query<{ at: string | null }[]>('SELECT to_regclass($1) AS at', [migrationsTable]);
  const rows = table?.at ? await dataSource.query<{ name: string }[]>(`SELECT name FROM ${migrationsTable}`) : [];
  const applied = new Set(rows.map(({ name }) => name));
  const known = new Set(dataSource.migrations.flatMap(({ name }) => name ?? []));
  return {
    missing: [...known].filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.has(name)),
  };
}

/**
 * TypeORM orders migrations by the milliseconds at the end of their names. They come from the time a name begins with
 * and from nothing else: a migration keeps its name whatever is added before it. A service's own come half a second
 * after messaging's of the same time.
 */
export function toTypeOrm(
  owner: 'Messaging' | 'Service',
  migrations: readonly Migration[],
): (new () => MigrationInterface)[] {
  const taken = new Map<number, string>();
  return migrations.map((migration) => {
    const timestamp = timeOf(migration.name) + (owner === 'Service' ? 500 : 0);
    const other = taken.get(timestamp);
    if (other !== undefined) throw new Error(`the migrations ${other} and ${migration.name} begin with the same time`);
    taken.set(timestamp, migration.name);
    return class implements MigrationInterface {
      readonly name = `${owner}${migration.name}-${timestamp}`;

      async up(runner: QueryRunner): Promise<void> {
        for (const statement of migration.up) await runner.query(statement);
      }

      down(): Promise<void> {
        return Promise.reject(new Error('migrations only go forward'));
      }
    };
  });
}

/** `20261123-init` is midnight of that day, `20261123093000-init` half past nine. */
function timeOf(name: string): number {
  const [, year, month, day, hours = '00', minutes = '00', seconds = '00'] =
    /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?-/.exec(name) ?? [];
  if (!day) throw new Error(`the migration ${name} does not begin with its date`);
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}
