import type { Scene } from './fault.js';

/** What the database of a service does to it from now on. @returns what ends that */
export async function plantTrigger(
  { world }: Scene,
  [service, when]: [service: string, when: string],
  does: string,
): Promise<() => Promise<void>> {
  const database = world.database(service);
  const table = when.split(' ').at(-1);
  await database.query(
    `CREATE OR REPLACE FUNCTION audit.defect_of_${table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
     $$ BEGIN ${does} END $$`,
  );
  await database.query(
    `CREATE OR REPLACE TRIGGER defect ${when} FOR EACH ROW EXECUTE FUNCTION audit.defect_of_${table}()`,
  );
  return async () => {
    await database.query(`DROP TRIGGER defect ON ${table}`);
  };
}
