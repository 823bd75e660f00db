import { applyDecorators, createParamDecorator, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import { DomainError } from '@signalbox/domain';
import type { FastifyRequest } from 'fastify';
import type { Identity, Scope } from './roles.js';
import { may } from './roles.js';
import type { IdentityVerifier } from './token.js';

const scopeKey = 'signalbox:scope';
const openScope = 'public';
const anyIdentity = 'identified';

export type IdentifiedRequest = FastifyRequest & { identity?: Identity; rawBody?: Buffer };

/** Who sends this request; throws 401 when that cannot be told. */
export type Identify = (request: IdentifiedRequest) => Promise<Identity>;

/** Services behind the gateway believe what it has signed for exactly this call. */
export function signedIdentity(audience: string, verifier: IdentityVerifier): Identify {
  return (request) =>
    verifier.verify(request.headers.authorization, {
      audience,
      method: request.method,
      path: request.url,
      body: request.rawBody ?? Buffer.alloc(0),
    });
}

/** Declares what a route needs; the owning service still authorizes after loading. */
export function Requires(scope: Scope): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(scopeKey, scope), ApiExtension('x-scope', scope), ApiBearerAuth());
}

/** Needs no identity: health and metrics, or a credential of its own kind. */
export function Public(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(scopeKey, openScope), ApiExtension('x-scope', openScope));
}

/** Needs only to know who calls, whatever their roles. */
export function Identified(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(scopeKey, anyIdentity), ApiExtension('x-scope', anyIdentity), ApiBearerAuth());
}

/** The caller, in a controller's parameters. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const { identity } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (!identity) throw new Error('this route has no caller: it is public');
  return identity;
});

/** Verifies who calls and refuses early what no role of theirs allows; a route without a scope stays closed. */
export class IdentityGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly identify: Identify) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const scope = this.reflector.getAllAndOverride<Scope | typeof openScope | typeof anyIdentity | undefined>(
      scopeKey,
      [context.getHandler(), context.getClass()],
    );
    if (scope === openScope) return true;
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    request.identity = await this.identify(request);
    if (scope === anyIdentity) return true;
    if (scope !== undefined && may(request.identity, scope)) return true;
    throw new DomainError('forbidden', `${request.identity.name} may not do this`, {
      fix: `it takes the scope ${scope ?? 'of a route that declares none'}: ask an admin for a role that has it`,
    });
  }
}
