import type { Binding, Identity } from '@signalbox/chassis';

/** A person or a machine that may call. */
export interface Principal {
  id: string;
  /** Unique; what logs and screens show. */
  name: string;
  kind: 'person' | 'machine';
  teams: string[];
  /** Verified addresses; they match authors of changes. */
  emails: string[];
  bindings: Binding[];
  disabled: boolean;
}

/** A credential of a principal. Only its hash is kept; the key is 32 random bytes, so a plain hash is enough. */
export interface ApiKey {
  id: string;
  principalId: string;
  /** The first characters, by which people tell keys apart. */
  prefix: string;
  hash: string;
  expiresAt?: string;
  revokedAt?: string;
  /** `ADMIN_KEY`, which the next one replaces. */
  isFromStart?: boolean;
  /** Revoked by the next one, not by a person. */
  isReplaced?: boolean;
}

export function isUsable(key: ApiKey, now: Date): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || new Date(key.expiresAt) > now);
}

/** Of all applications, so that there is nothing that nobody can mend. */
export function isAdministrator({ disabled, bindings }: Pick<Principal, 'disabled' | 'bindings'>): boolean {
  return (
    !disabled &&
    bindings.some(({ role, application, team }) => role === 'admin' && application === undefined && team === undefined)
  );
}

export function identityOf(principal: Principal): Identity {
  const { name, kind, teams, emails, bindings } = principal;
  return { principal: principal.id, name, kind, teams, emails, bindings };
}
