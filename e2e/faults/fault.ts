import { setTimeout as sleep } from 'node:timers/promises';
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

/** Faults take their time; nothing is waited for. */
export function lasting(ms: number): Promise<void> {
  return sleep(ms);
}

export class PromiseBroken extends Error {}

/** What must hold for this fault alone. */
export function promise(holds: boolean, what: string): void {
  if (!holds) throw new PromiseBroken(what);
}
