import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { DomainError } from '@signalbox/domain';
import type { ErrorCode } from '@signalbox/domain';
import { isTrouble, sqlState } from '@signalbox/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Logger } from '../logger.js';
import { traceIdOf } from './tracing.js';

const fault = z.object({
  pointer: z.string(),
  code: z.string(),
  message: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
});

/** RFC 9457, with our stable `code` and what to do about it. */
export const problemBody = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().optional(),
  code: z.string(),
  traceId: z.string().optional(),
  fix: z.string().optional(),
  allowedTransitions: z.array(z.string()).readonly().optional(),
  errors: z.array(fault).readonly().optional(),
});
export type Problem = z.infer<typeof problemBody>;

const statusOf: Record<ErrorCode, number> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
};
/** Of a request's body, where the route says nothing else. */
export const bodyLimitBytes = 1_048_576;
/** What PostgreSQL says of characters that it cannot keep. */
const unstorable = ['22021', '22P05'];
/** What PostgreSQL says when two have written the same unique value. */
const uniqueViolation = '23505';
const titles: Record<number, string> = {
  400: 'The request is not valid',
  401: 'Who are you?',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not now',
  412: 'The resource has changed',
  413: 'Too large',
  414: 'Too long',
  415: 'Unsupported kind of body',
  422: 'The key was used for another request',
  428: 'If-Match is missing',
  429: 'Too many requests',
  500: 'A fault on our side',
  502: 'A service behind us does not answer',
  503: 'Not available at the moment',
};

/** Codes of what the framework itself refuses, by status. */
const httpCodes: Record<number, string> = {
  400: 'malformed',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
};

/** An answer that is a problem by HTTP's own rules rather than the domain's. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly more: { fix?: string; errors?: Problem['errors']; headers?: Record<string, string> } = {},
  ) {
    super(message);
  }
}

export function problem(status: number, code: string, detail: string, more: Partial<Problem> = {}): Problem {
  return {
    type: `https://signalbox.dev/problems/${code.replaceAll('_', '-')}`,
    title: titles[status] ?? 'Problem',
    status,
    detail,
    code,
    ...more,
  };
}

/** Maps whatever was thrown to a problem; undefined when it is a fault of ours that must be logged. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof DomainError) {
    return problem(statusOf[error.code], error.more.reason ?? error.code, error.message, {
      ...(error.more.fix && { fix: error.more.fix }),
      ...(error.more.allowedTransitions && { allowedTransitions: error.more.allowedTransitions }),
      ...(error.more.errors && { errors: error.more.errors }),
    });
  }
  if (error instanceof HttpProblem) {
    const { fix, errors } = error.more;
    return problem(error.status, error.code, error.message, { ...(fix && { fix }), ...(errors && { errors }) });
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return problem(status, httpCodes[status] ?? 'http_error', error.message, fixOf(status));
  }
  if (unstorable.includes(sqlState(error) ?? '')) {
    return problem(400, 'invalid', 'the request holds a NUL character or half of a surrogate pair', {
      fix: 'send text in UTF-8 without them',
    });
  }
  if (sqlState(error) === uniqueViolation) {
    return problem(409, 'conflict', 'somebody else has just written the same', { fix: 'read it again, then decide' });
  }
  if (isTrouble(error)) {
    return problem(503, 'unavailable', 'the database is busy or does not answer', { fix: 'send the request again' });
  }
  const status = (error as { statusCode?: number }).statusCode;
  if (error instanceof Error && status !== undefined && status >= 400 && status < 500) {
    return problem(status, httpCodes[status] ?? 'http_error', error.message, fixOf(status));
  }
  return undefined;
}

const fixes: Record<number, string> = {
  400: 'send a request of the shape at /docs',
  404: 'send to a path, and with a method, that /docs lists',
  413: `send ${bodyLimitBytes.toLocaleString('en')} bytes at most`,
  415: 'send application/json',
};

function fixOf(status: number): { fix?: string } {
  const fix = fixes[status];
  return fix === undefined ? {} : { fix };
}

/** For paths that Fastify refuses before it looks for a route. */
export function frameworkErrors(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode = 400 } = error as { statusCode?: number };
  const body = problem(statusCode, 'malformed', `the path cannot be read: ${error.message}`, fixOf(statusCode));
  void reply
    .status(statusCode)
    .type('application/problem+json')
    .send(JSON.stringify({ ...body, traceId: traceIdOf(request) }));
}

/** Where errors of routes become HTTP answers; what is no answer of ours is logged with its trace. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const traceId = traceIdOf(request);
  const known = toProblem(error);
  const about = { err: error, traceId, route: request.routeOptions.url };
  if (isTrouble(error)) logger.warn(about, 'not available');
  if (!known) logger.error(about, 'request failed');
  const body = known ?? problem(500, 'internal', `see the log of this service for trace ${traceId}`);
  if (error instanceof HttpProblem && error.more.headers) void reply.headers(error.more.headers);
  if (body.status === 503) void reply.header('retry-after', '1');
  return reply
    .status(body.status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...body, instance: request.url.split('?')[0], traceId }));
}

/** For Nest's routes. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    void sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.logger);
  }
}
