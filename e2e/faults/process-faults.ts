import type { ChildProcess } from 'node:child_process';
import { eventually } from '@signalbox/testing';
import { Installation } from '../support/installation.js';
import { crashPoints, dieAt } from './crash-points.js';
import { goesOnWithinMs, lasting, pickOne, progress, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { isRunning, kill, killAll } from './processes.js';
import { watchWakeUps } from './wake-up-watch.js';

const newOwnerWithinMs = 10_000;

/** Whose death is tried: planning's, on which everything waits; where services do the stages, of those any. */
const oneOf = ({ world, random }: Scene) => (world.options.executors > 0 ? 'planning' : anyDoer({ world, random }));
const anyDoer = ({ world, random }: Pick<Scene, 'world' | 'random'>) => pickOne(random, world.doers) ?? 'planning';

/** Kills one process after the other; every third time one that sends an outbox, planning's or of who does a stage. */
const killLoop: Fault = {
  name: 'kill -9 in a loop',
  seconds: { brief: 8, full: 60 },
  async run({ world, random }, ms) {
    const until = performance.now() + ms;
    for (let number = 0; performance.now() < until; number += 1) {
      const service = pickOne(random, ['planning', ...world.doers]) ?? 'planning';
      const owner = number % 3 === 0 ? await world.outboxOwner(service).catch(() => undefined) : undefined;
      const victim = owner ?? pickOne(random, world.replicas());
      if (victim !== undefined) await kill(victim);
      await lasting(200 + random() * 1_800);
    }
  },
};

const ownerDies: Fault = {
  name: 'outbox owner dies',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    const { world } = scene;
    const service = oneOf(scene);
    const owner = await eventually(() => world.outboxOwner(service), { withinMs: 30_000, what: 'an owner' });
    await kill(owner);
    await eventually(
      async () => {
        const next = await world.outboxOwner(service);
        return next !== undefined && next !== owner;
      },
      { withinMs: newOwnerWithinMs, what: `another process to send the outbox of ${service}` },
    );
  },
};

const atCrashPoints: Fault = {
  name: 'death at each crash point',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    for (const point of crashPoints) await dieAt(scene, point, oneOf(scene));
  },
};

/** Longer than the server lets an idle session live, and than Kafka waits for a member: it comes back as a zombie. */
const pause: Fault = {
  name: 'paused and resumed',
  seconds: { brief: 12, full: 40 },
  async run({ world, random }, ms) {
    const owner = await eventually(() => world.outboxOwner('planning'), {
      withinMs: 15_000,
      what: 'somebody to own the outbox of planning',
    });
    const others = ['gateway', 'runner', ...world.doers].map((service) => pickOne(random, world.replicas(service)));
    const pids = [owner, ...others.filter((pid) => pid !== undefined)];
    for (const pid of pids) await kill(pid, 'SIGSTOP');
    try {
      await lasting(ms);
      promise((await world.outboxOwner('planning')) !== owner, 'a paused process keeps the outbox');
    } finally {
      for (const pid of pids) await kill(pid, 'SIGCONT');
    }
  },
};

/** Where runners build, all may have to wait for a lease of 15 s. */
const standsStillMs = ({ world }: Scene) => (world.options.executors > 0 ? 15_000 : 30_000);

/** A further process of two services comes and goes; where services do the stages, of other two each time. */
const rebalanceStorm: Fault = {
  name: 'rebalance storm',
  seconds: { brief: 10, full: 120 },
  async run(scene, ms) {
    const { world, load } = scene;
    const began = performance.now();
    const until = began + ms;
    const goesOn = progress(scene);
    // Where builds wait for a lease, ten seconds may pass without any.
    while (performance.now() < until || (!goesOn() && performance.now() < until + goesOnWithinMs)) {
      const second = world.options.executors > 0 ? 'gateway' : anyDoer(scene);
      const guests = await Promise.all([world.join(oneOf(scene), {}), world.join(second, {})]);
      await lasting(5_000);
      await killAll(guests);
    }
    promise(goesOn(), 'no release went on while members came and went');
    const still = load.standstillSince(began);
    promise(
      still <= standsStillMs(scene),
      `no release went on for ${Math.round(still)} ms while members came and went`,
    );
  },
};

/** As an operator does it before an upgrade: one process after the other, each ready before the next one stops. */
const rollingRestart: Fault = {
  name: 'rolling restart',
  seconds: { brief: 1, full: 60 },
  async run(scene, ms) {
    const { world } = scene;
    const all = world.options.executors > 0 ? ['planning', 'gateway'] : ['planning', 'runner', ...world.doers];
    const services = ms > 1_000 ? all : [oneOf(scene)];
    const restart = new Installation(['--cluster', 'restart', ...services], world.installation.state);
    restart.start();
    promise((await restart.exit()) === 0, `the restart failed: ${restart.output}`);
  },
};

/** `Date` alone, as a clock that was set wrong; timers go on as they did. */
const tenMinutesAhead = `
const ahead = 600_000;
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() + ahead) : super(...given); }
  static now() { return Real.now() + ahead; }
};`;

const clockSkew: Fault = {
  name: 'clock of one replica ahead',
  seconds: { brief: 6, full: 60 },
  async run(scene, ms) {
    const { world } = scene;
    const preload = `data:text/javascript,${encodeURIComponent(tenMinutesAhead)}`;
    const services = world.options.executors > 0 ? ['planning'] : ['planning', ...world.doers];
    const watches: (() => Promise<string[]>)[] = [];
    const guests: ChildProcess[] = [];
    let stayed: ChildProcess[] = [];
    const early: string[] = [];
    try {
      for (const service of services) {
        watches.push(await watchWakeUps(scene, service));
        guests.push(await world.join(service, { NODE_OPTIONS: `--import=${preload}` }));
      }
      await lasting(ms);
      stayed = guests.filter(({ pid }) => pid !== undefined && isRunning(pid));
    } finally {
      await killAll(guests);
      for (const end of watches) early.push(...(await end()));
    }
    promise(early.length === 0, `wake-ups came early: ${early.join(', ')}`);
    // A stage that it takes for silent ends its release as failed, which the invariants see.
    promise(stayed.length === guests.length, 'a process with the wrong clock did not stay');
  },
};

export const processFaults: readonly Fault[] = [
  killLoop,
  ownerDies,
  atCrashPoints,
  pause,
  rebalanceStorm,
  rollingRestart,
  clockSkew,
];
