import { StandardSchemaValidationPipe } from '@nestjs/common';
import { HttpProblem } from './problem.js';

type Issue = { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined; code?: string };

/** RFC 6901 pointer of an issue's path. */
function pointer(path: Issue['path']): string {
  return (path ?? [])
    .map((part) => String(typeof part === 'object' ? part.key : part))
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** Validates whatever carries a schema; every fault is named with its pointer. */
export const validationPipe = new StandardSchemaValidationPipe({
  exceptionFactory: (issues) =>
    new HttpProblem(400, 'invalid', `${issues.length} ${issues.length === 1 ? 'fault' : 'faults'} in the request`, {
      errors: (issues as readonly Issue[]).map((issue) => ({
        pointer: pointer(issue.path),
        code: issue.code ?? 'invalid',
        message: issue.message,
      })),
    }),
});
