import type { Migration } from '@signalbox/messaging';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';

const migrationLock = 7_203;
const halfDayMs = 12 * 3_600_000;

/** Applies what is missing; of several replicas that start at once, one does and the others wait for it. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await dataSource.runMigrations({ transaction: 'all' });
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    await runner.release();
  }
}

/**
 * TypeORM orders migrations by the milliseconds at the end of their names: the date a name begins with, then the place
 * in its list. The service's own come half a day after messaging's of the same date.
 */
export function toTypeOrm(
  owner: 'Messaging' | 'Service',
  migrations: readonly Migration[],
): (new () => MigrationInterface)[] {
  return migrations.map((migration, index) => {
    const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})(?:\d{6})?-/.exec(migration.name) ?? [];
    if (!day) throw new Error(`the migration ${migration.name} does not begin with its date`);
    const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
    const timestamp = date + (owner === 'Service' ? halfDayMs : 0) + index;
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
