import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import { inWords, isStorable, jsonPointer } from '@signalbox/domain';
import { z } from 'zod';
import { HttpProblem } from './problem.js';

type Issue = { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined; code?: string };

function pointerOf({ path = [] }: Issue): string {
  return jsonPointer(path.map((part) => (typeof part === 'object' ? part.key : part)));
}

function refusal(issues: readonly Issue[]): HttpProblem {
  const faults = issues.length === 1 ? '1 fault' : `${issues.length} faults`;
  return new HttpProblem(400, 'invalid', `${faults} in the request`, {
    errors: issues.map((issue) => {
      const { code = 'invalid', message } = issue;
      return { pointer: pointerOf(issue), code, message };
    }),
    fix: 'mend what is named; shapes and examples are at /docs',
  });
}

const mostIssues = 20;

/** Texts that no database and no process can hold, in a body of any depth. */
function unstorable(body: unknown): Issue[] {
  const issues: Issue[] = [];
  const open: { value: unknown; path: readonly PropertyKey[] }[] = [{ value: body, path: [] }];
  for (let next = open.pop(); next && issues.length < mostIssues; next = open.pop()) {
    const { value, path } = next;
    const parts = Array.isArray(value) || isPlain(value) ? Object.entries(value) : [];
    for (const [key, part] of parts) open.push({ value: part, path: [...path.slice(-mostIssues), key] });
    if (parts.some(([key]) => !isStorable(key)) || (typeof value === 'string' && !isStorable(value)))
      issues.push({ path, code: 'unstorable', message: 'holds a NUL character or half of a surrogate pair' });
  }
  return issues;
}

/** What JSON makes; a body of another type is a stream, which nobody reads here. */
function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Of one parameter, the pointers begin with its name. */
function within(parameter: string, { status, code, message, more }: HttpProblem): HttpProblem {
  const errors = more.errors?.map((fault) => ({ ...fault, pointer: jsonPointer([parameter]) + fault.pointer }));
  return new HttpProblem(status, code, message, { ...more, errors });
}

class RequestPipe extends StandardSchemaValidationPipe {
  protected override async validate<T>(value: unknown, schema: unknown): Promise<{ value: T } | { issues: Issue[] }> {
    if (!(schema instanceof z.ZodType)) throw new Error('a schema that is none of zod');
    const { data, error } = await schema.safeParseAsync(value, { error: inWords });
    return error ? { issues: error.issues } : { value: data as T };
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const issues = metadata.type === 'body' ? unstorable(value) : [];
    if (issues.length > 0) throw refusal(issues);
    try {
      return await super.transform<T>(value, metadata);
    } catch (error) {
      throw error instanceof HttpProblem && metadata.data !== undefined ? within(metadata.data, error) : error;
    }
  }
}

/** Validates whatever carries a schema; every fault is named with its pointer. */
export const validationPipe = new RequestPipe({
  exceptionFactory: (issues) => refusal(issues as readonly Issue[]),
});
