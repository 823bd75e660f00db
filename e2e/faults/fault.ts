import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@signalbox/testing';
import type { Load } from './load.js';
import type { Servers } from './servers.js';
import type { World } from './world.js';

/** What a fault works on. */
export interface Scene {
  readonly world: World;
  readonly servers: Servers;
  readonly load: Load;
  /** From 0 to below 1, repeated by the run's seed. */
  random(): number;
}

/** One row of the design's table of faults. */
export interface Fault {
  readonly name: string;
  /** How long it lasts: in the run that is part of `npm test`, and in a long one. */
  readonly seconds: { brief: number; full: number };
  /**
   * Does it and undoes what the servers' healing does not undo.
   * @throws where a promise is broken that belongs to this fault alone
   */
  run(scene: Scene, ms: number): Promise<void>;
}

export function pickOne<T>(random: () => number, list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)];
}

/**
 * Whether something has gone on since this was called: a release has completed, or where stages are really done, which
 * takes longer, one has gone a stage further.
 */
export function progress({ world, load }: Scene): () => boolean {
  const [completed, began] = [load.completed, performance.now()];
  return () => (world.options.executors > 0 ? load.completed > completed : load.progressedAt > began);
}

/** Where a stage may have to wait for a lease. */
export const goesOnWithinMs = 30_000;

/** For so long, and until something has gone on meanwhile, if need be for half a minute more. */
export async function lastingWhileOthersGoOn(scene: Scene, ms: number, what: string): Promise<void> {
  const goesOn = progress(scene);
  await lasting(ms);
  await eventually(goesOn, { withinMs: goesOnWithinMs, what }).catch(() => undefined);
  promise(goesOn(), `no release went on ${what}`);
}

/** Faults take their time; nothing is waited for. */
export function lasting(ms: number): Promise<void> {
  return sleep(ms);
}

export class PromiseBroken extends Error {}

/** What must hold for this fault alone. */
export function promise(holds: boolean, what: string): void {
  if (!holds) throw new PromiseBroken(what);
}
