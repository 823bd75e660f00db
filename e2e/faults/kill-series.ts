import { eventually } from '@signalbox/testing';
import { lasting, pickOne, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { kill } from './processes.js';

/** What was seen after one kill. */
export interface Killed {
  readonly victim: string;
  /** Until a release went a stage further. */
  readonly firstProgressMs: number;
  /** The longest time after it in which none did. */
  readonly standstillMs: number;
}

/** What can be killed, and the time within which releases must go on. */
const victims: Record<string, { goalMs: number; kill(scene: Scene): Promise<void> }> = {
  service: { goalMs: 5_000, kill: (scene) => killOne(scene, 'planning', 'feedback') },
  'relay owner': {
    goalMs: 5_000,
    async kill({ world }) {
      const owner = await eventually(() => world.outboxOwner('planning'), { withinMs: 30_000, what: 'an owner' });
      await kill(owner);
    },
  },
  gateway: { goalMs: 5_000, kill: (scene) => killOne(scene, 'gateway') },
  PostgreSQL: {
    goalMs: 5_000,
    async kill({ servers }) {
      await servers.crashPostgres();
      await servers.startPostgres();
    },
  },
  broker: {
    goalMs: 15_000,
    async kill({ servers }) {
      await servers.endKafka('SIGKILL');
      await servers.startKafka();
    },
  },
};

export const goalsMs = Object.fromEntries(Object.entries(victims).map(([name, { goalMs }]) => [name, goalMs]));

const progressWithinMs = 60_000;
const lookEveryMs = 20;
/** After a kill; what takes longer shows in the next one's. */
const watchedMs = 10_000;

/** Kills one kind of process again and again, each time until releases go on. What was seen is added to `seen`. */
export function killSeries(victim: string, times: number, seen: Killed[]): Fault {
  const chosen = victims[victim];
  if (!chosen) throw new Error(`there is no ${victim} to kill; there are ${Object.keys(victims).join(', ')}`);
  return {
    name: `${times} kills of ${victim}`,
    seconds: { brief: 0, full: 0 },
    async run(scene) {
      for (let number = 0; number < times; number += 1) seen.push(await killAndWatch(scene, victim, chosen.kill));
    },
  };
}

async function killAndWatch(scene: Scene, victim: string, killIt: (scene: Scene) => Promise<void>): Promise<Killed> {
  const { load } = scene;
  const killedAt = performance.now();
  const dying = killIt(scene);
  let [last, standstillMs] = [killedAt, 0];
  let firstProgressMs: number | undefined;
  // A server that is down is down from the beginning: what was under way then may still be told a moment later.
  await dying;
  while (performance.now() < killedAt + watchedMs || firstProgressMs === undefined) {
    promise(performance.now() < killedAt + progressWithinMs, `no release went on after ${victim} was killed`);
    if (load.progressedAt > last) {
      firstProgressMs ??= load.progressedAt - killedAt;
      standstillMs = Math.max(standstillMs, load.progressedAt - last);
      last = load.progressedAt;
    }
    await lasting(lookEveryMs);
  }
  return { victim, firstProgressMs, standstillMs: Math.max(standstillMs, performance.now() - last) };
}

async function killOne({ world, random }: Scene, ...apps: string[]): Promise<void> {
  const victim = await eventually(() => pickOne(random, world.replicas(...apps)), {
    what: `a process of ${apps.join(' or ')}`,
  });
  await kill(victim);
}
