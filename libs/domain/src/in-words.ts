import type { z } from 'zod';

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

const formats: Record<string, string> = {
  email: 'an email address',
  url: 'a URL',
  datetime: 'a time with its zone, 2026-11-23T10:00:00Z',
  date: 'a day, 2026-11-23',
};

/**
 * What is wrong with a value, as people would say it: `at least 1`, `one of low, high`. For `safeParse(value, { error: inWords })`;
 * what a schema says itself goes before it.
 * @returns undefined: as the schema's library says it
 */
export function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return 'is missing';
  if (issue.code === 'invalid_type') return `${kinds[issue.expected] ?? issue.expected} is expected`;
  if (issue.code === 'invalid_value')
    return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_format') return formats[issue.format] && `is not ${formats[issue.format]}`;
  if (issue.code === 'unrecognized_keys') return `unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  if (issue.code === 'too_small')
    return size(issue.inclusive === false ? 'more than' : 'at least', issue.minimum, issue);
  if (issue.code === 'too_big') return size(issue.inclusive === false ? 'less than' : 'at most', issue.maximum, issue);
  return undefined;
}

function size(bound: string, count: number | bigint, { origin }: { origin: string }): string {
  if (origin === 'string') return count === 1 && bound === 'at least' ? 'is empty' : `${bound} ${count} characters`;
  return origin === 'array' ? `${bound} ${count} in the list` : `${bound} ${count}`;
}
