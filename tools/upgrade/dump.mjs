/**
 * A database as JSON: the statements that make its schema, and its rows. `pg_dump` does not come with the PostgreSQL
 * from npm. It knows what our migrations use, and refuses a database that holds anything else.
 */

const tables = `
SELECT c.relname AS name, array_to_string(c.reloptions, ', ') AS options,
  (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
       'isRequired', a.attnotnull, 'identity', a.attidentity, 'default', pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT coalesce(json_agg(json_build_object('name', conname, 'text', pg_get_constraintdef(oid)) ORDER BY contype DESC, conname), '[]')
     FROM pg_constraint WHERE conrelid = c.oid AND contype <> 'n') AS constraints,
  (SELECT coalesce(json_agg(pg_get_indexdef(i.indexrelid) ORDER BY i.indexrelid), '[]')
     FROM pg_index i WHERE i.indrelid = c.oid AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)) AS indexes
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.oid`;

const sequences = `
SELECT c.relname AS name, coalesce(pg_sequence_last_value(c.oid), 0)::int AS last, owner.relname AS table, a.attname AS column,
  a.attidentity AS identity
FROM pg_class c
LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.refobjsubid > 0
LEFT JOIN pg_class owner ON owner.oid = d.refobjid
LEFT JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' ORDER BY c.oid`;

const strange = `
SELECT 'relation ' || relname AS what FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'i', 'S') OR relispartition
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
UNION ALL SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'`;

/** @returns `{ schema: [sql], tables: [{ name, insert, rows: [json] }], sequences: [sql] }` */
export async function dump(client) {
  const { rows: unknown } = await client.query(strange);
  if (unknown.length > 0) throw new Error(`this dump does not know: ${unknown.map(({ what }) => what).join(', ')}`);
  const found = (await client.query(tables)).rows;
  const counted = (await client.query(sequences)).rows;
  const dumped = [];
  for (const table of found) dumped.push(await dumpRows(client, table));
  return {
    // Sequences of their own first: a column's default may name one.
    schema: [
      ...counted.filter(({ identity }) => !identity).map(({ name }) => `CREATE SEQUENCE ${name}`),
      ...found.flatMap(createTable),
    ],
    tables: dumped,
    sequences: counted.filter(({ last }) => last > 0).map(setSequence),
  };
}

function createTable({ name, options, columns, constraints, indexes }) {
  const lines = [
    ...columns.map(
      (column) => `${column.name} ${column.type}${column.isRequired ? ' NOT NULL' : ''}${valueOf(column)}`,
    ),
    ...constraints.map((constraint) => `CONSTRAINT "${constraint.name}" ${constraint.text}`),
  ];
  return [`CREATE TABLE ${name} (${lines.join(', ')})${options ? ` WITH (${options})` : ''}`, ...indexes];
}

function valueOf({ identity, default: value }) {
  if (identity) return ` GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`;
  return value === null ? '' : ` DEFAULT ${value}`;
}

function setSequence({ name, last, table, column, identity }) {
  const which = identity ? `pg_get_serial_sequence('${table}', '${column}')` : `'${name}'`;
  return `SELECT setval(${which}, ${last})`;
}

/** Bytes are text in all our tables, and stay readable: paths and times in them can be set anew. */
async function dumpRows(client, { name, columns }) {
  const names = columns.map((column) => column.name).join(', ');
  const shown = columns.map((column) =>
    isBytes(column) ? `convert_from(${column.name}, 'UTF8') AS ${column.name}` : column.name,
  );
  const taken = columns.map((column) => (isBytes(column) ? `convert_to(${column.name}, 'UTF8')` : column.name));
  const typed = columns.map((column) => `${column.name} ${isBytes(column) ? 'text' : column.type}`);
  const { rows } = await client.query(
    `SELECT row_to_json(r)::text AS row FROM (SELECT ${shown.join(', ')} FROM ${name}) AS r`,
  );
  return {
    name,
    insert: `INSERT INTO ${name} (${names}) OVERRIDING SYSTEM VALUE SELECT ${taken.join(', ')} FROM json_to_recordset($1) AS r (${typed.join(', ')})`,
    rows: rows.map(({ row }) => row),
  };
}

const isBytes = ({ type }) => type === 'bytea';
