import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { inWords } from './in-words.js';

it.each<[z.ZodType, unknown, string]>([
  [z.string(), undefined, 'is missing'],
  [z.enum(['low', 'high']), undefined, 'is missing'],
  [z.string(), 1, 'text is expected'],
  [z.int(), 'a', 'a number is expected'],
  [z.int(), 1.5, 'a whole number is expected'],
  [z.strictObject({}), [], 'a mapping is expected'],
  [z.enum(['low', 'high']), 'loud', 'one of low, high'],
  [z.literal('signalbox/v1'), 'v2', 'signalbox/v1'],
  [z.strictObject({}), { colour: 'red' }, 'unknown key "colour"'],
  [z.string().min(1), '', 'is empty'],
  [z.string().min(16), 'a', 'at least 16 characters'],
  [z.string().max(2), 'abc', 'at most 2 characters'],
  [z.number().min(0), -1, 'at least 0'],
  [z.number().gt(0), 0, 'more than 0'],
  [z.number().lt(1), 1, 'less than 1'],
  [z.array(z.string()).min(1), [], 'at least 1 in the list'],
  [z.email(), 'ann', 'is not an email address'],
  [z.iso.datetime(), 'noon', 'is not a time with its zone, 2026-11-23T10:00:00Z'],
  [z.string().regex(/^a$/), 'b', 'Invalid string: must match pattern /^a$/'],
  [z.string().regex(/^a$/, 'an a'), 'b', 'an a'],
])('%# a value is refused in words', (schema, value, words) => {
  expect(schema.safeParse(value, { error: inWords }).error?.issues.map(({ message }) => message)).toEqual([words]);
});
