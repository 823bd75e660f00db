import { STATUS_CODES } from 'node:http';
import { ZodError } from 'zod';
import { isFull } from './data/full.js';

export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

/** An answer that says no. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors?: FieldError[],
  ) {
    super(detail);
  }

  toJSON() {
    const { status, code, detail, errors } = this;
    return { type: 'about:blank', title: STATUS_CODES[status], status, detail, code, errors };
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZodError) {
    const errors = error.issues.map(({ path, code, message }) => ({ pointer: `/${path.join('/')}`, code, message }));
    return new Problem(
      400,
      'invalid_request',
      errors.map((each) => `${each.pointer}: ${each.message}`).join('; '),
      errors,
    );
  }
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (isFull(error)) return new Problem(507, 'disk_full', 'disk full: nothing was changed');
  if (statusCode !== undefined && statusCode < 500) return new Problem(statusCode, 'invalid_request', message);
  return new Problem(500, 'internal', 'internal error');
}
