import { Resource } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import { z } from 'zod';
import type { Gate } from './gate.js';

/** Why a gate ends before its time. */
export const endWish = z.strictObject({ reason: z.string().min(1).max(1_000).optional() });

/** A time of any zone as the wire has it. */
export const utc = (time: string): string => new Date(time).toISOString();

export function shown<G extends Gate>(gate: Versioned<G>): Resource<G> {
  return new Resource(gate.state, gate.version);
}

export function created<G extends Gate>(gate: Versioned<G>, collection: string): Resource<G> {
  return new Resource(gate.state, gate.version, { status: 201, location: `/v1/${collection}/${gate.state.id}` });
}
