import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';

const most = 500;
const names = new Map<string, string>();
/** What `*` means changes with a migration, which a prepared statement of an older process would not survive. */
const isOpenEnded = /\*\s+FROM|RETURNING\s+\*/i;

/** The query with a name, so that each connection parses and plans it once. */
export function statementOf(sql: string, params: readonly unknown[]): QueryConfig {
  const values = [...params];
  const known = names.get(sql);
  if (known !== undefined) return { name: known, text: sql, values };
  // Texts made at run time would fill the server's memory: beyond what a service itself has, none is kept.
  if (names.size >= most || isOpenEnded.test(sql)) return { text: sql, values };
  const name = createHash('sha256').update(sql).digest('base64url').slice(0, 22);
  names.set(sql, name);
  return { name, text: sql, values };
}
