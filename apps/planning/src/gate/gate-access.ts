import { authorize, authorizeGlobally, may } from '@signalbox/chassis';
import type { Identity, Scope } from '@signalbox/chassis';
import type { Scope as GateScope } from '@signalbox/domain';
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

  async authorizeGate(caller: Identity, scope: Scope, kind: GateKind, id: string): Promise<void> {
    await this.authorizeScope(caller, scope, scopeOf(await this.gates.get(kind, id)), `${kind} ${id}`);
  }

  /** Gates without an application concern everybody; the others only who may see their application. */
  async list(kind: GateKind, caller: Identity, application?: string): Promise<{ items: Gate[]; nextCursor: null }> {
    const items: Gate[] = [];
    for (const gate of await this.gates.listOpen(kind)) {
      const owner = await this.ownerOf(gate);
      if (application !== undefined && owner !== application) continue;
      if (owner === undefined || (await this.maySee(caller, owner))) items.push(gate);
    }
    return { items, nextCursor: null };
  }

  private async ownerOf(gate: Gate): Promise<string | undefined> {
    const { application, releaseId } = scopeOf(gate);
    return releaseId === undefined ? application : (await this.releases.get(releaseId)).state.application;
  }

  private async maySee(caller: Identity, application: string): Promise<boolean> {
    const found = await this.applications.find(application);
    return may(caller, 'read', { application, team: found?.state.team });
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
