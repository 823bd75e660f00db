import { problem, traceIdOf } from '@signalbox/chassis';
import type { Problem } from '@signalbox/chassis';
import type { Refusal, RefusalCode } from '@signalbox/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';

const statuses: Record<RefusalCode, number> = {
  malformed: 400,
  invalid: 400,
  forged_source: 403,
  reserved_type: 403,
  too_large: 413,
};

/** Answered rather than thrown: what has been noted of the refusal must be committed. */
export function refusalProblem(
  refusal: Refusal,
  { request, reply, fix }: { request: FastifyRequest; reply: FastifyReply; fix: string | undefined },
): Problem {
  const { code, message, pointer } = refusal;
  const status = statuses[code];
  void reply.status(status).type('application/problem+json');
  return problem(status, code, message, {
    instance: request.url.split('?')[0],
    traceId: traceIdOf(request),
    ...(fix !== undefined && { fix }),
    errors: [{ pointer, code, message }],
  });
}
