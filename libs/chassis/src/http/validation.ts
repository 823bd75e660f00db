import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import { HttpProblem } from './problem.js';

type Issue = { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined; code?: string };

/** RFC 6901 pointer of an issue's path. */
function pointer(path: Issue['path']): string {
  return (path ?? [])
    .map((part) => String(typeof part === 'object' ? part.key : part))
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function refusal(issues: readonly Issue[]): HttpProblem {
  const faults = issues.length === 1 ? '1 fault' : `${issues.length} faults`;
  return new HttpProblem(400, 'invalid', `${faults} in the request`, {
    errors: issues.map(({ path, code = 'invalid', message }) => ({ pointer: pointer(path), code, message })),
    fix: 'mend what is named; shapes and examples are at /docs',
  });
}

/** Texts that no database and no process can hold. */
function unstorable(value: unknown, path: readonly PropertyKey[] = []): Issue[] {
  if (typeof value === 'string') {
    const message = 'holds a NUL character or half of a surrogate pair';
    return value.includes('\0') || !value.isWellFormed() ? [{ path, code: 'unstorable', message }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...unstorable(key, path),
    ...unstorable(part, [...path, key]),
  ]);
}

class RequestPipe extends StandardSchemaValidationPipe {
  override transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const issues = metadata.type === 'body' ? unstorable(value) : [];
    if (issues.length > 0) throw refusal(issues);
    return super.transform(value, metadata);
  }
}

/** Validates whatever carries a schema; every fault is named with its pointer. */
export const validationPipe = new RequestPipe({
  exceptionFactory: (issues) => refusal(issues as readonly Issue[]),
});
