import type { Actor, Hold } from '@signalbox/domain';
import type { Database, Versioned } from '@signalbox/persistence';
import { v7 as uuid } from 'uuid';
import type { Release } from '../release/release.js';
import type { ReleaseStore } from '../release/release.store.js';
import { confirmOverride, defined, freezeOf, heldEvents, liftQuarantine, remove, requestOverride } from './gate.js';
import type {
  Confirmer,
  FreezeGate,
  FreezeWish,
  Gate,
  GateKind,
  GateOf,
  HoldGate,
  OverrideGate,
  OverrideWish,
  QuarantineGate,
} from './gate.js';
import type { GateStore } from './gate.store.js';

/** Freezes, overrides, holds and quarantines; every change wakes the releases it may concern. */
export class GateService {
  constructor(
    private readonly database: Database,
    private readonly gates: GateStore,
    private readonly releases: ReleaseStore,
  ) {}

  get<K extends GateKind>(kind: K, id: string): Promise<Versioned<GateOf<K>>> {
    return this.gates.getKind(kind, id);
  }

  addFreeze(wish: FreezeWish, by: string): Promise<Versioned<FreezeGate>> {
    return this.add(freezeOf(`frz_${uuid()}`, wish, by));
  }

  addHold(wish: Omit<Hold, 'holdId' | 'removed'>, release: Release | undefined): Promise<Versioned<HoldGate>> {
    const id = `hld_${uuid()}`;
    const about = release && { release: { application: release.application, version: release.version } };
    return this.add({ ...wish, id, holdId: id, kind: 'hold', removed: false, ...about });
  }

  async requestOverride(wish: OverrideWish, by: Confirmer): Promise<Versioned<OverrideGate>> {
    return this.add(requestOverride(`ovr_${uuid()}`, wish, by, await this.database.now()));
  }

  confirmOverride(id: string, by: Confirmer): Promise<Versioned<OverrideGate>> {
    return this.woken(() => this.gates.changeKind('override', id, (gate, now) => confirmOverride(gate, by, now)));
  }

  /** Ends a freeze or a hold before its time. */
  remove(kind: 'freeze' | 'hold', id: string, by: Actor): Promise<Versioned<Gate>> {
    return this.woken(() => this.gates.changeKind(kind, id, (gate) => remove(gate, by)));
  }

  /** Joins the transaction of the rollback that calls it; an artifact is in quarantine once. */
  async quarantine(release: Release, digest: string, environment: string, reason: string): Promise<void> {
    const { application, version } = release;
    if (await this.gates.isQuarantined(application, digest, environment)) return;
    const id = `qrt_${uuid()}`;
    await this.add({
      id,
      quarantineId: id,
      kind: 'quarantine',
      application,
      version,
      digest,
      environment,
      reason,
      removed: false,
    });
  }

  liftQuarantine(id: string, by: string, reason: string): Promise<Versioned<QuarantineGate>> {
    return this.woken(() => this.gates.changeKind('quarantine', id, (gate) => liftQuarantine(gate, by, reason)));
  }

  private add<G extends Gate>(gate: G): Promise<Versioned<G>> {
    const events = gate.kind === 'hold' ? [defined(gate), ...heldEvents(gate)] : [defined(gate)];
    return this.woken(() => this.gates.create(gate, events));
  }

  private woken<G extends Gate>(change: () => Promise<Versioned<G>>): Promise<Versioned<G>> {
    return this.database.runWithRetry(async () => {
      const changed = await change();
      this.releases.wakeAfterCommit({});
      return changed;
    });
  }
}
