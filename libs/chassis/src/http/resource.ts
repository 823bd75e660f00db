import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import { HttpProblem } from './problem.js';

/** What a repeated request is answered whose first answer held a secret: it was not kept. */
export interface NotRepeated {
  note: string;
}

/** What a controller returns for a single resource: the body and the version that becomes its strong ETag. */
export class Resource<T> {
  constructor(
    readonly body: T,
    readonly version: number,
    /** `unrepeatable`: the body holds a secret that no store may keep, not even for a replay. */
    readonly more: { status?: number; location?: string; unrepeatable?: boolean } = {},
  ) {}
}

/** The version named by If-Match; absent is 428. */
export function ifMatch(header: string | undefined): number {
  if (header === undefined) {
    throw new HttpProblem(428, 'precondition_required', 'If-Match is missing', {
      fix: 'send the ETag of the resource as you read it',
    });
  }
  const match = /^"(\d+)"$/.exec(header);
  if (!match) throw new HttpProblem(412, 'stale', `If-Match ${header} is not an ETag of this resource`);
  return Number(match[1]);
}

/** Throws 412 when the resource is no longer at the version the caller saw. */
export function requireVersion(seen: number, current: number): void {
  if (seen !== current) {
    throw new HttpProblem(412, 'stale', `the resource is at version ${current}, not ${seen}`, { fix: 'read it again' });
  }
}

/** Turns a Resource into status, ETag, Location and, for If-None-Match, 304. */
@Injectable()
export class ResourceInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((result: unknown) => {
        if (!(result instanceof Resource)) return result;
        const etag = `"${result.version}"`;
        void reply.header('etag', etag);
        if (result.more.location) void reply.header('location', result.more.location);
        if (request.method === 'GET' && request.headers['if-none-match'] === etag) {
          void reply.status(304);
          return undefined;
        }
        if (result.more.status) void reply.status(result.more.status);
        return result.body;
      }),
    );
  }
}
