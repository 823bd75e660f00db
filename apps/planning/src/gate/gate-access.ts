import { authorize, authorizeGlobally } from '@signalbox/chassis';
import type { Identity, Scope } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import type { Scope as GateScope } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { ApplicationService } from '../application/application.service.js';
import { ReleaseService } from '../release/release.service.js';
import type { Gate, GateKind } from './gate.js';
import { GateService } from './gate.service.js';

/** Who may see and change which gate: one that reaches every application takes a role for all of them. */
export class GateAccess {
  constructor(
    private readonly gates: GateService,
    private readonly applications: ApplicationService,
    private readonly releases: ReleaseService,
  ) {}

  /** @param what how the caller named it, unless by the place itself */
  async authorizeScope(caller: Identity, scope: Scope, where: GateScope, what?: string): Promise<void> {
    if (where.releaseId !== undefined) {
      const { state } = await this.releases.get(where.releaseId);
      authorize(caller, scope, state, what ?? `release ${where.releaseId}`);
    } else if (where.application !== undefined) {
      const { state } = await this.applications.get(where.application);
      authorize(caller, scope, { application: state.id, team: state.team }, what ?? `application ${state.id}`);
    } else {
      authorizeGlobally(caller, scope);
    }
  }

  /** An application's gate must be for an environment that it has: another would stop nothing. */
  async authorizeNew(caller: Identity, scope: Scope, where: GateScope): Promise<void> {
    await this.authorizeScope(caller, scope, where);
    const { application, environment, releaseId } = where;
    if (environment === undefined) return;
    const known = await this.environments(application, releaseId);
    if (known.length === 0 || known.includes(environment)) return;
    throw new DomainError(
      'not_found',
      `${releaseId ?? application} has no environment ${environment}; it has ${known.join(', ')}`,
    );
  }

  private async environments(application: string | undefined, releaseId: string | undefined): Promise<string[]> {
    if (releaseId !== undefined) {
      const { stages } = (await this.releases.get(releaseId)).state;
      return [...new Set(Object.values(stages).flatMap((stage) => stage.environment ?? []))];
    }
    if (application === undefined) return [];
    return Object.keys((await this.applications.get(application)).state.definition.environments);
  }

  async authorizeGate(caller: Identity, scope: Scope, kind: GateKind, id: string): Promise<void> {
    await this.authorizeScope(caller, scope, scopeOf((await this.gates.get(kind, id)).state), `${kind} ${id}`);
  }

  /** A gate without an application concerns everybody; another one only who may see its application. */
  async read(caller: Identity, kind: GateKind, id: string): Promise<Versioned<Gate>> {
    const found = await this.gates.get(kind, id);
    const where = scopeOf(found.state);
    const isEverybodys = where.releaseId === undefined && where.application === undefined;
    if (!isEverybodys) await this.authorizeScope(caller, 'read', where, `${kind} ${id}`);
    return found;
  }
}

function scopeOf(gate: Gate): GateScope {
  switch (gate.kind) {
    case 'freeze':
    case 'hold':
      return gate.scope;
    case 'override':
      return { releaseId: gate.releaseId };
    case 'quarantine':
      return { application: gate.application };
  }
}
