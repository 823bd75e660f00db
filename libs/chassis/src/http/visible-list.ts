import type { Database } from '@signalbox/persistence';
import type { Identity } from '../identity/roles.js';
import { visibleTo } from '../identity/roles.js';
import type { ListQuery, Page } from './list.js';

export interface ListedRow<S> {
  id: string;
  state: S;
  created_at: Date;
}

/** How one kind of aggregate is listed. */
export interface Listing<S, T> {
  /** The aggregate's table; also what `id`, `state` and `created_at` are read from. */
  table: string;
  /** `LEFT JOIN …`, where the team stands in another table. */
  join?: string;
  /** SQL that every row must meet, whatever was asked for. */
  where?: string;
  /** Columns that say whose a row is; by default `application` and `team`. */
  owner?: { application: string; team: string };
  /** SQL of rows that everybody may see; by default there are none. */
  isEverybodys?: string;
  /** What the list is sorted by, as the cursor tells it. */
  sortValue(row: ListedRow<S>): unknown;
  show(state: S): T;
}

/** One page of the rows that the caller may see; nothing else is read. */
export async function listVisible<S, T>(
  database: Database,
  listing: Listing<S, T>,
  query: ListQuery,
  caller: Identity,
): Promise<Page<T>> {
  const { table, join = '', where = 'true', owner, isEverybodys = 'false', sortValue, show } = listing;
  const params = [...query.params];
  const visible = visibleTo(caller, params, owner);
  const rows = await database.query<ListedRow<S>>(
    `SELECT ${table}.id, ${table}.state, ${table}.created_at FROM ${table} ${join}
     WHERE (${query.where}) AND (${visible} OR ${isEverybodys}) AND ${where} ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
    params,
  );
  return query.page(rows, sortValue, ({ state }) => show(state));
}
