import { Resource } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import type { Gate } from './gate.js';

export function shown(gate: Versioned<Gate>): Resource {
  return new Resource(gate.state, gate.version);
}

export function created(gate: Versioned<Gate>, collection: string): Resource {
  return new Resource(gate.state, gate.version, { status: 201, location: `/v1/${collection}/${gate.state.id}` });
}
