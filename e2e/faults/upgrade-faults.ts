import type { ChildProcess } from 'node:child_process';
import { lastingWhileOthersGoOn, pickOne, promise } from './fault.js';
import type { Fault } from './fault.js';
import { isRunning, kill, killAll } from './processes.js';

/**
 * As in the midst of an upgrade, or of its withdrawal: a process of an earlier build beside today's of each service; then
 * of one service only those of the earlier build, on which everything waits, until today's come back.
 */
const earlierBeside: Fault = {
  name: 'an earlier build beside this one',
  seconds: { brief: 2, full: 60 },
  async run(scene, ms) {
    const { world, random } = scene;
    const { services, earlierBuild } = world.options;
    const alone =
      pickOne(
        random,
        services.filter((name) => name === 'planning' || world.doers.includes(name)),
      ) ?? '';
    const todays = world.replicas(alone);
    const guests: ChildProcess[] = [];
    try {
      for (const service of services) guests.push(await world.join(service, {}, earlierBuild));
      await lastingWhileOthersGoOn(scene, ms, 'beside an earlier build');
      for (const pid of todays) await kill(pid, 'SIGSTOP');
      await lastingWhileOthersGoOn(scene, ms, `with ${alone} of an earlier build alone`);
      const stayed = guests.filter(({ pid }) => pid !== undefined && isRunning(pid));
      promise(stayed.length === guests.length, 'a process of an earlier build did not stay');
    } finally {
      for (const pid of todays) await kill(pid, 'SIGCONT');
      await killAll(guests);
    }
  },
};

/** They want the options' earlier build. */
export const upgradeFaults: readonly Fault[] = [earlierBeside];
