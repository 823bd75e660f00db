import { createHmac } from 'node:crypto';
import { isSameSecret } from '@signalbox/domain';
import { z } from 'zod';
import { HttpProblem } from './problem.js';

export interface ListFilter {
  column: string;
  kind: 'text' | 'time';
  /** Of a text that can be nothing else. */
  values?: readonly string[];
}

/** What a list may be filtered and sorted by: request field to SQL column. */
export interface ListRules {
  filters: Record<string, ListFilter>;
  sorts: Record<string, string>;
  defaultSort: string;
  /** The column that breaks ties, where a join makes `id` ambiguous. */
  id?: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** A checked list request: keyset SQL, never OFFSET. */
export interface ListQuery {
  where: string;
  params: unknown[];
  orderBy: string;
  limit: number;
  /** Builds the page of rows that were read with `limit + 1`. */
  page<R extends { id: string }, T>(rows: readonly R[], sortValue: (row: R) => unknown, view: (row: R) => T): Page<T>;
}

export const pageSize = { least: 1, most: 200, usual: 50 };
export const comparisons = { gte: '>=', gt: '>', lte: '<=', lt: '<' };
/** `limit` of a list, as it comes in a query. */
export const pageLimit = z.coerce.number().int().min(pageSize.least).max(pageSize.most).default(pageSize.usual);

/** Signs and checks cursors, which are bound to filter and sort. */
export class Lists {
  constructor(private readonly key: string) {}

  /**
   * Parses `limit`, `cursor`, `sort` and the allowed filters (`field=a,b`, `field.gte=`, `field.lte=`).
   * Anything else is a 400 that names it.
   */
  parse(query: Record<string, string | undefined>, rules: ListRules): ListQuery {
    for (const [field, value] of Object.entries(query)) {
      if (value !== undefined && typeof value !== 'string') throw invalid(field, 'given once');
    }
    const { limit, cursor, sort = rules.defaultSort, ...filters } = query;
    const size = pageLimit.safeParse(limit);
    if (!size.success) throw invalid('limit', `a number from ${pageSize.least} to ${pageSize.most}`);
    const descending = sort.startsWith('-');
    const column = ownEntry(rules.sorts, sort.replace(/^-/, ''));
    if (!column) throw invalid('sort', `one of ${Object.keys(rules.sorts).join(', ')}, with - for descending`);
    const clauses: string[] = [];
    const params: unknown[] = [];
    for (const [field, value] of Object.entries(filters)) {
      if (value !== undefined) clauses.push(filterClause(field, value, rules, params));
    }
    const bound = JSON.stringify([sort, filters]);
    const tie = rules.id ?? 'id';
    if (cursor !== undefined) {
      const [value, id] = this.open(cursor, bound);
      params.push(value, id);
      clauses.push(`(${column}, ${tie}) ${descending ? '<' : '>'} ($${params.length - 1}, $${params.length})`);
    }
    const direction = descending ? 'DESC' : 'ASC';
    return {
      where: clauses.length === 0 ? 'true' : clauses.join(' AND '),
      params,
      orderBy: `${column} ${direction}, ${tie} ${direction}`,
      limit: size.data,
      page: (rows, sortValue, view) => {
        const shown = rows.slice(0, size.data);
        const last = shown.at(-1);
        const more = rows.length > size.data && last !== undefined;
        return { items: shown.map(view), nextCursor: more ? this.seal([sortValue(last), last.id], bound) : null };
      },
    };
  }

  private sign(payload: string, bound: string): string {
    return createHmac('sha256', this.key).update(`${payload}\n${bound}`).digest('base64url').slice(0, 22);
  }

  /** A cursor for lists that are not `parse`d here. @param bound the filter it belongs to */
  seal(position: readonly unknown[], bound: string): string {
    const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
    return `${payload}.${this.sign(payload, bound)}`;
  }

  /** @throws 400 for what `seal` did not make for the same filter */
  open(cursor: string, bound: string): unknown[] {
    const [payload = '', signature = ''] = cursor.split('.');
    const expected = this.sign(payload, bound);
    if (!isSameSecret(signature, expected)) {
      throw invalid('cursor', 'the nextCursor of a list with the same filter and sort');
    }
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as unknown[];
  }
}

function filterClause(field: string, value: string, rules: ListRules, params: unknown[]): string {
  const [name = '', operator, more] = field.split('.');
  const rule = ownEntry(rules.filters, name);
  if (!rule) throw invalid(field, `not a filter here; there are ${Object.keys(rules.filters).join(', ')}`);
  if (operator === undefined && rule.kind === 'text') {
    const values = value.split(',');
    if (rule.values && !values.every((each) => rule.values?.includes(each)))
      throw invalid(field, `of ${rule.values.join(', ')}, separated by commas`);
    // Equal to one value, rows come out of an index in the order of its other columns; of several they are sorted first.
    if (values.length === 1) return `${rule.column} = $${params.push(value)}`;
    return `${rule.column} = ANY($${params.push(values)})`;
  }
  const comparison = ownEntry<string>(comparisons, operator ?? '');
  if (!comparison || more !== undefined || rule.kind !== 'time')
    throw invalid(field, 'times take .gte, .gt, .lte or .lt');
  params.push(timeOf(field, value));
  return `${rule.column} ${comparison} $${params.length}`;
}

const rfc3339 = z.iso.datetime({ offset: true });

/** In UTC: JavaScript reads more as a time than PostgreSQL does, and each more than RFC 3339. */
function timeOf(field: string, value: string): string {
  const utc = rfc3339.safeParse(value).success ? new Date(value).toISOString() : '';
  // Years before the first and after 9999, which an offset can reach, are written otherwise in PostgreSQL.
  if (!/^\d{4}-/.test(utc) || utc.startsWith('0000')) throw invalid(field, 'a time such as 2026-11-23T12:00:00Z');
  return utc;
}

/** What callers name must not find what every object has. */
function ownEntry<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function invalid(field: string, expected: string): HttpProblem {
  return new HttpProblem(400, 'invalid', `${field}: ${expected}`, {
    errors: [{ pointer: `/${field}`, code: 'invalid', message: expected }],
  });
}
