import { DomainError } from '@signalbox/domain';

/** `git@host:path`, as ssh and people write it; neither part may look like an option of ssh. */
const scpLike = /^\w[\w.-]*@\w[\w.-]*:[^:\s]/;

/** Which repositories are read: what stands on this machine belongs to whoever runs it, not to who registers it. */
export class RepositoryRules {
  constructor(private readonly allowsLocal: boolean) {}

  /** GIT_ALLOW_PROTOCOL, so that no redirect and no submodule leads elsewhere either. */
  get protocols(): string {
    return this.allowsLocal ? 'https:ssh:file' : 'https:ssh';
  }

  /** @throws DomainError invalid for every other kind of location */
  refuseOther(location: string): void {
    if (isRemote(location) || (this.allowsLocal && isLocal(location))) return;
    const allowed = `https://…, ssh://… or git@host:path${this.allowsLocal ? ', or the absolute path of a folder' : ''}`;
    throw new DomainError('invalid', `a repository is ${allowed}; ${location || 'nothing'} is not read`, {
      errors: [{ pointer: '/repository', code: 'invalid', message: allowed }],
    });
  }
}

function isRemote(location: string): boolean {
  if (scpLike.test(location)) return true;
  if (!/^(?:https|ssh):\/\/[^\s-]/.test(location)) return false;
  const host = URL.parse(location)?.hostname ?? '';
  return host !== '' && !host.startsWith('-');
}

function isLocal(location: string): boolean {
  return location.startsWith('/') || location.startsWith('file:///');
}
