import { createHmac } from 'node:crypto';
import { HttpProblem } from '@signalbox/chassis';
import { isSameSecret } from '@signalbox/domain';

/** What a task token is good for, while the lease lasts. */
export interface TaskGrant {
  taskId: string;
  leaseId: string;
  expiresAt: number;
}

/** Signs and checks the credential of one lease. */
export class TaskTokens {
  private readonly key: Buffer;

  /** @param secret a key of its own is derived from it */
  constructor(secret: string) {
    this.key = createHmac('sha256', secret).update('task tokens').digest();
  }

  issue(grant: TaskGrant): string {
    const payload = Buffer.from(JSON.stringify(grant)).toString('base64url');
    return `${payload}.${this.sign(payload)}`;
  }

  /** @throws HttpProblem 401 */
  verify(authorization: string | undefined, now: Date): TaskGrant {
    const [payload = '', signature = ''] = bearer(authorization).split('.');
    if (!isSameSecret(signature, this.sign(payload))) throw unauthenticated();
    const grant = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TaskGrant;
    if (grant.expiresAt <= now.getTime()) throw unauthenticated();
    return grant;
  }

  /** The same, when it is good for this task or lease. @throws HttpProblem 401, or 403 when it is another's */
  grantFor(authorization: string | undefined, now: Date, named: Partial<TaskGrant>): TaskGrant {
    const grant = this.verify(authorization, now);
    const isForThis = Object.entries(named).every(([field, value]) => grant[field as keyof TaskGrant] === value);
    if (!isForThis) throw new HttpProblem(403, 'forbidden', 'this token is good for another lease');
    return grant;
  }

  private sign(payload: string): string {
    return createHmac('sha256', this.key).update(payload).digest('base64url');
  }
}

/** @throws HttpProblem 401 when the key is none of these */
export function requireRunnerKey(authorization: string | undefined, keys: readonly string[]): void {
  const given = bearer(authorization);
  if (!keys.some((key) => isSameSecret(given, key))) throw unauthenticated();
}

function bearer(authorization: string | undefined): string {
  return /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
}

function unauthenticated(): HttpProblem {
  return new HttpProblem(401, 'unauthenticated', 'the key or task token is wrong or no longer good', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}
