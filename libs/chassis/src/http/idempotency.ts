import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { storableJson } from '@signalbox/domain';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Database } from '@signalbox/persistence';
import type { FastifyReply } from 'fastify';
import { from, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import type { IdentifiedRequest } from '../identity/guard.js';
import { HttpProblem } from './problem.js';
import { Resource } from './resource.js';
import type { NotRepeated } from './resource.js';

/** Kept 24 h, so that a client may retry a POST until it knows the answer. */
export const idempotencyMigration = {
  name: '20261123000000-idempotency',
  up: [
    `CREATE TABLE idempotency (
       caller text NOT NULL, key text NOT NULL, route text NOT NULL, body_hash text NOT NULL,
       status int NOT NULL, headers jsonb NOT NULL, answer jsonb, created_at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (caller, key, route))`,
    'CREATE INDEX idempotency_created_at ON idempotency (created_at)',
  ],
};

export const answersKept = { table: 'idempotency', column: 'created_at', days: 1 };

interface StoredAnswer {
  body_hash: string;
  status: number;
  headers: Record<string, string>;
  answer: unknown;
}

interface Command {
  caller: string;
  key: string;
  route: string;
  bodyHash: string;
}

/** Runs every POST that carries an Idempotency-Key once; command and stored answer commit together. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || typeof key !== 'string' || request.identity === undefined) return next.handle();
    if (key.length > 200) throw new HttpProblem(400, 'invalid', 'Idempotency-Key is longer than 200 characters');
    const command = {
      caller: request.identity.principal,
      key,
      route: `${request.method} ${request.url}`,
      bodyHash: createHash('sha256')
        .update(request.rawBody ?? '')
        .digest('hex'),
    };
    return from(this.once(command, context.switchToHttp().getResponse<FastifyReply>(), next));
  }

  /** The outermost transaction of the command: one that loses against another begins again from here. */
  private once(command: Command, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    return this.database.runWithRetry(async (tx) => {
      const lock = [`${command.caller}\n${command.key}\n${command.route}`];
      const [claimed] = await tx.query<{ ok: boolean }>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS ok',
        lock,
      );
      if (!claimed?.ok) {
        throw new HttpProblem(409, 'still_running', 'the first request with this key is still running', {
          headers: { 'retry-after': '1' },
        });
      }
      const [stored] = await tx.query<StoredAnswer>(
        'SELECT body_hash, status, headers, answer FROM idempotency WHERE caller = $1 AND key = $2 AND route = $3',
        [command.caller, command.key, command.route],
      );
      if (stored) return replay(stored, command, reply);
      const result: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      await this.store(command, result, reply);
      return result;
    });
  }

  private async store(command: Command, result: unknown, reply: FastifyReply): Promise<void> {
    const resource = result instanceof Resource ? result : undefined;
    const headers: Record<string, string> = {
      ...(resource && { etag: `"${resource.version}"` }),
      ...(resource?.more.location && { location: resource.more.location }),
    };
    await this.database.query(
      'INSERT INTO idempotency (caller, key, route, body_hash, status, headers, answer) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [
        command.caller,
        command.key,
        command.route,
        command.bodyHash,
        resource?.more.status ?? reply.statusCode,
        JSON.stringify(headers),
        storableJson(keptAnswer(result)),
      ],
    );
  }
}

function keptAnswer(result: unknown): unknown {
  if (!(result instanceof Resource)) return result ?? null;
  const note: NotRepeated = { note: 'the first answer held a secret and was not kept' };
  return result.more.unrepeatable ? note : result.body;
}

function replay(stored: StoredAnswer, command: Command, reply: FastifyReply): unknown {
  if (stored.body_hash !== command.bodyHash) {
    throw new HttpProblem(422, 'idempotency_key_reused', 'this Idempotency-Key was used with another body', {
      fix: 'use a new key for a new request',
    });
  }
  void reply.status(stored.status).headers({ ...stored.headers, 'idempotency-replayed': 'true' });
  return stored.answer;
}
