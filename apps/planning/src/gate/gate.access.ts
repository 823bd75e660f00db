import { authorize, authorizeGlobally } from '@signalbox/chassis';
import type { Identity, Scope } from '@signalbox/chassis';
import type { Scope as GateScope } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { ApplicationService } from '../application/application.service.js';
import { environmentsOf, noEnvironment } from '../release/release.js';
import { ReleaseService } from '../release/release.service.js';
import type { Gate, GateKind, GateOf } from './gate.js';
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
      const { application } = state;
      await this.authorizeScope(caller, scope, { application }, what ?? `release ${where.releaseId}`);
    } else if (where.application !== undefined) {
      const { state } = await this.applications.get(where.application);
      authorize(caller, scope, { application: state.id, team: state.team }, what ?? `application ${state.id}`);
    } else {
      authorizeGlobally(caller, scope);
    }
  }

  /** A gate must be for an environment that there is: another would stop nothing. */
  async authorizeNew(caller: Identity, scope: Scope, where: GateScope): Promise<void> {
    await this.authorizeScope(caller, scope, where);
    if (where.environment !== undefined) await this.requireEnvironment(where, where.environment);
  }

  /** @throws DomainError `not_found` when it stands in none of the release, the application, or of all applications */
  private async requireEnvironment({ releaseId, application }: GateScope, name: string): Promise<void> {
    if (releaseId !== undefined) {
      const { state } = await this.releases.get(releaseId);
      const known = environmentsOf(state);
      if (known) requireKnown(releaseId, name, known);
      else await this.requireEnvironment({ application: state.application }, name);
    } else if (application !== undefined) {
      const { state } = await this.applications.get(application);
      requireKnown(application, name, Object.keys(state.definition.environments));
    } else {
      const known = await this.applications.listEnvironments();
      // Before the first application is registered, nothing says how environments will be called.
      if (known.length > 0) requireKnown('the installation', name, known);
    }
  }

  async authorizeGate(caller: Identity, scope: Scope, kind: GateKind, id: string): Promise<Gate> {
    const { state } = await this.gates.get(kind, id);
    await this.authorizeScope(caller, scope, scopeOf(state), `${kind} ${id}`);
    return state;
  }

  /** A gate without an application concerns everybody; another one only who may see its application. */
  async read<K extends GateKind>(caller: Identity, kind: K, id: string): Promise<Versioned<GateOf<K>>> {
    const found = await this.gates.get(kind, id);
    const where = scopeOf(found.state);
    const isEverybodys = where.releaseId === undefined && where.application === undefined;
    if (!isEverybodys) await this.authorizeScope(caller, 'read', where, `${kind} ${id}`);
    return found;
  }
}

function requireKnown(whose: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) throw noEnvironment(whose, name, known);
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
