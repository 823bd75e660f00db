import { eventually } from '@signalbox/testing';
import { lasting, pickOne, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import type { Load } from './load.js';
import { kill } from './processes.js';

/** What was seen after one kill; all times are from the signal on, in milliseconds. */
export interface Killed {
  readonly victim: string;
  /** Until PostgreSQL or the broker answered again, which nothing can go before; of a process, until it was dead. */
  readonly backMs: number;
  /** From then on the first. */
  readonly firstProgressMs: number;
  /** The longest time after it without any. */
  readonly standstillMs: number;
}

interface Victim {
  /** Within which it must go on. */
  readonly goalMs: number;
  /** @returns what kills it, and for a server starts it again */
  find(scene: Scene): Promise<() => Promise<void>>;
  /** When something has gone on last, by `performance.now()`. */
  progress(load: Load): number;
}

const stages = (load: Load) => load.progressedAt;
/** Releases that are under way need no gateway: its clients do. */
const answers = (load: Load) => load.answeredAt;

const victims: Record<string, Victim> = {
  service: { goalMs: 5_000, find: (scene) => aProcess(scene, 'planning', 'feedback'), progress: stages },
  'relay owner': {
    goalMs: 5_000,
    async find({ world }) {
      const owner = await eventually(() => world.outboxOwner('planning'), { withinMs: 30_000, what: 'an owner' });
      return () => kill(owner);
    },
    progress: stages,
  },
  gateway: { goalMs: 5_000, find: (scene) => aProcess(scene, 'gateway'), progress: answers },
  PostgreSQL: {
    goalMs: 5_000,
    find: ({ servers }) =>
      Promise.resolve(async () => {
        await servers.crashPostgres('SIGKILL');
        await servers.startPostgres();
      }),
    progress: stages,
  },
  broker: {
    goalMs: 15_000,
    find: ({ servers }) =>
      Promise.resolve(async () => {
        await servers.endKafka('SIGKILL');
        await servers.startKafka();
      }),
    progress: stages,
  },
};

export const goalsMs = Object.fromEntries(Object.entries(victims).map(([name, { goalMs }]) => [name, goalMs]));

const progressWithinMs = 60_000;
const lookEveryMs = 20;
/** Beyond the goal; a standstill that has begun by then is watched to its end. */
const watchedOnMs = 5_000;

/** Kills one kind of process again and again, each time until releases go on. What was seen is added to `seen`. */
export function killSeries(name: string, times: number, seen: Killed[]): Fault {
  const victim = victims[name];
  if (!victim) throw new Error(`there is no ${name} to kill; there are ${Object.keys(victims).join(', ')}`);
  return {
    name: `${times} kills of ${name}`,
    seconds: { brief: 0, full: 0 },
    async run(scene) {
      for (let number = 0; number < times; number += 1)
        seen.push({ victim: name, ...(await killAndWatch(scene, name, victim)) });
    },
  };
}

async function killAndWatch(scene: Scene, name: string, victim: Victim): Promise<Omit<Killed, 'victim'>> {
  const killIt = await victim.find(scene);
  const killedAt = performance.now();
  await killIt();
  const backMs = performance.now() - killedAt;
  let [last, standstillMs] = [killedAt, 0];
  let firstProgressMs: number | undefined;
  while (last < killedAt + victim.goalMs + watchedOnMs) {
    const at = victim.progress(scene.load);
    if (at > last) {
      if (at >= killedAt + backMs) firstProgressMs ??= at - killedAt;
      standstillMs = Math.max(standstillMs, at - last);
      last = at;
    }
    promise(performance.now() < last + progressWithinMs, `nothing went on after ${name} was killed`);
    await lasting(lookEveryMs);
  }
  return { backMs, firstProgressMs: firstProgressMs ?? last - killedAt, standstillMs };
}

async function aProcess({ world, random }: Scene, ...apps: string[]): Promise<() => Promise<void>> {
  const victim = await eventually(() => pickOne(random, world.replicas(...apps)), {
    what: `a process of ${apps.join(' or ')}`,
  });
  return () => kill(victim);
}
