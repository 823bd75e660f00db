import { DomainError } from '@signalbox/domain';
import type { Actor } from '@signalbox/domain';
import { z } from 'zod';

/** What a caller may do; every route declares one and OpenAPI shows it as `x-scope`. */
export const scopes = [
  'read',
  'release:create',
  'release:control',
  'approval:vote',
  'hold:create',
  'hold:lift',
  'rollout:promote',
  'rollback:create',
  'freeze:write',
  'quarantine:lift',
  'application:write',
  'feedback:write',
  'secret:write',
  'environment:write',
  'runner:use',
  'parked:write',
  'principal:write',
  'event:publish',
] as const;
export type Scope = (typeof scopes)[number];

const developer: readonly Scope[] = [
  'read',
  'release:create',
  'release:control',
  'approval:vote',
  'hold:create',
  'application:write',
  'feedback:write',
];
const manager: readonly Scope[] = [
  ...developer,
  'hold:lift',
  'rollout:promote',
  'rollback:create',
  'freeze:write',
  'quarantine:lift',
];

/** Stopping takes fewer rights than starting again. */
const scopesOf = {
  viewer: ['read'],
  developer,
  'release-manager': manager,
  operator: [...manager, 'secret:write', 'environment:write', 'parked:write'],
  runner: ['runner:use'],
  publisher: ['event:publish'],
  admin: scopes,
} satisfies Record<string, readonly Scope[]>;

export const role = z.enum(['viewer', 'developer', 'release-manager', 'operator', 'admin', 'runner', 'publisher']);
export type Role = z.infer<typeof role>;

/** A role for one application, for all of a team's, or (neither given) for all; a publisher's for one source. */
export const binding = z.object({
  role,
  application: z.string().optional(),
  team: z.string().optional(),
  source: z.string().optional(),
});
export type Binding = z.infer<typeof binding>;

/** Who calls, as the gateway vouches for it. */
export const identity = z.object({
  principal: z.string(),
  name: z.string(),
  kind: z.enum(['person', 'machine']),
  teams: z.array(z.string()),
  emails: z.array(z.string()),
  bindings: z.array(binding),
});
export type Identity = z.infer<typeof identity>;

/** The caller as states and events tell of it. */
export function actorOf({ principal, name, kind }: Identity, reason?: string): Actor {
  return { principal, name, kind, ...(reason !== undefined && { reason }) };
}

/** The thing asked for: which application it belongs to, and that application's team. */
export interface Owned {
  application: string;
  team?: string | undefined;
}

function covers(binding: Binding, owned: Owned): boolean {
  return (
    (binding.application === undefined || binding.application === owned.application) &&
    (binding.team === undefined || binding.team === owned.team)
  );
}

function grants(binding: Binding, scope: Scope): boolean {
  return (scopesOf[binding.role] as readonly Scope[]).includes(scope);
}

export function may(identity: Identity, scope: Scope, owned?: Owned): boolean {
  return identity.bindings.some((binding) => grants(binding, scope) && (owned === undefined || covers(binding, owned)));
}

/**
 * Called by the owning service after loading. Throws `not_found` when the caller may not even see the thing,
 * `forbidden` when it may see it but not do this.
 * @param what how the caller named it, for the message: `release shop@1.0.0`
 */
export function authorize(identity: Identity, scope: Scope, owned: Owned, what: string): void {
  if (may(identity, scope, owned)) return;
  if (!may(identity, 'read', owned)) throw new DomainError('not_found', `no ${what}`);
  throw new DomainError('forbidden', `${identity.name} may not do this with ${what}`, {
    reason: 'forbidden',
    fix: `it takes the scope ${scope}: ask an admin for a role that has it`,
  });
}

/** For things that belong to no application. */
export function authorizeGlobally(identity: Identity, scope: Scope): void {
  const everywhere = identity.bindings.some(
    (binding) => binding.application === undefined && binding.team === undefined && grants(binding, scope),
  );
  if (everywhere) return;
  throw new DomainError('forbidden', `${identity.name} may not do this`, {
    fix: `it takes the scope ${scope} for all applications`,
  });
}

/** Whether the caller may send events as this source. */
export function mayPublish(identity: Identity, source: string): boolean {
  return identity.bindings.some((binding) => {
    if (!grants(binding, 'event:publish')) return false;
    // A source belongs to no application: who administers one of these alone has none.
    const isForAll = binding.application === undefined && binding.team === undefined;
    return binding.source === undefined ? isForAll : binding.source === source;
  });
}

/** SQL that keeps only rows whose application the caller may see; appends to `params`. */
export function visibleTo(
  identity: Identity,
  params: unknown[],
  columns = { application: 'application', team: 'team' },
): string {
  const readable = identity.bindings.filter((binding) => grants(binding, 'read'));
  if (readable.some((binding) => binding.application === undefined && binding.team === undefined)) return 'true';
  const clauses = readable.map((binding) => {
    const parts: string[] = [];
    if (binding.application !== undefined) parts.push(`${columns.application} = $${params.push(binding.application)}`);
    if (binding.team !== undefined) parts.push(`${columns.team} = $${params.push(binding.team)}`);
    return `(${parts.join(' AND ')})`;
  });
  return clauses.length === 0 ? 'false' : `(${clauses.join(' OR ')})`;
}
