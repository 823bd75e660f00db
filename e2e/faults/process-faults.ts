import { eventually } from '@signalbox/testing';
import { Installation } from '../support/installation.js';
import { crashPoints } from './crash-points.js';
import { lasting, pickOne, promise } from './fault.js';
import type { Fault } from './fault.js';
import { isRunning, kill } from './processes.js';

const newOwnerWithinMs = 10_000;

/** Kills one process after the other; every third time the one that sends planning's outbox. */
export const killLoop: Fault = {
  name: 'kill -9 in a loop',
  seconds: { brief: 8, full: 60 },
  async run({ world, random }, ms) {
    const until = performance.now() + ms;
    for (let number = 0; performance.now() < until; number += 1) {
      const owner = number % 3 === 0 ? await world.outboxOwner('planning').catch(() => undefined) : undefined;
      const victim = owner ?? pickOne(random, world.replicas());
      if (victim !== undefined) await kill(victim);
      await lasting(200 + random() * 1_800);
    }
  },
};

const ownerDies: Fault = {
  name: 'outbox owner dies',
  seconds: { brief: 1, full: 1 },
  async run({ world }) {
    const owner = await eventually(() => world.outboxOwner('planning'), { withinMs: 30_000, what: 'an owner' });
    await kill(owner);
    await eventually(
      async () => {
        const next = await world.outboxOwner('planning');
        return next !== undefined && next !== owner;
      },
      { withinMs: newOwnerWithinMs, what: 'another process to send the outbox' },
    );
  },
};

const atCrashPoints: Fault = {
  name: 'death at each crash point',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    for (const point of crashPoints) {
      const victim = await point.kill(scene);
      promise(victim !== undefined, `nobody came to the point ${point.name} in time`);
    }
  },
};

/** Longer than the server lets an idle session live, and than Kafka waits for a member: it comes back as a zombie. */
const pause: Fault = {
  name: 'paused and resumed',
  seconds: { brief: 12, full: 40 },
  async run({ world, random }, ms) {
    const owner = await world.outboxOwner('planning').catch(() => undefined);
    const paused = [owner, pickOne(random, world.replicas('gateway')), pickOne(random, world.replicas('executors'))];
    const pids = paused.filter((pid) => pid !== undefined);
    for (const pid of pids) await kill(pid, 'SIGSTOP');
    try {
      await lasting(ms);
      promise((await world.outboxOwner('planning')) !== owner, 'a paused process keeps the outbox');
    } finally {
      for (const pid of pids) await kill(pid, 'SIGCONT');
    }
  },
};

/** A third process of planning and another of the gateway come and go. */
const rebalanceStorm: Fault = {
  name: 'rebalance storm',
  seconds: { brief: 10, full: 120 },
  async run({ world, load }, ms) {
    const until = performance.now() + ms;
    const before = load.completed;
    while (performance.now() < until) {
      const guests = await Promise.all([world.join('planning', {}), world.join('gateway', {})]);
      await lasting(5_000);
      for (const { pid } of guests) if (pid !== undefined) await kill(pid);
    }
    promise(load.completed > before, 'no release completed while members came and went');
  },
};

/** As an operator does it before an upgrade: one process after the other, each ready before the next one stops. */
const rollingRestart: Fault = {
  name: 'rolling restart',
  seconds: { brief: 1, full: 60 },
  async run({ world }, ms) {
    const services = ms > 1_000 ? ['planning', 'gateway'] : ['planning'];
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
  async run({ world }, ms) {
    const preload = `data:text/javascript,${encodeURIComponent(tenMinutesAhead)}`;
    const guest = await world.join('planning', { NODE_OPTIONS: `--import=${preload}` });
    await lasting(ms);
    const isThere = guest.pid !== undefined && isRunning(guest.pid);
    if (guest.pid !== undefined) await kill(guest.pid);
    // A stage that it takes for silent ends its release as failed, which the invariants see.
    promise(isThere, 'the process with the wrong clock did not stay');
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
