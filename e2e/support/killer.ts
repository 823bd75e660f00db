import { seededRandom } from '@signalbox/testing';
import type { Installation } from './installation.js';

const killable =
  /apps\/(?:gateway|planning|build-coordinator|test-orchestrator|deployer|monitor|feedback|runner|host)\/dist\/bundle\/main\.js|kafka\.Kafka|bin\/postgres /;

/** Kills one process of an installation after the other, any of them, in an order that its seed repeats. */
export class Killer {
  readonly killed: string[] = [];
  private readonly random: () => number;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly installation: Installation,
    private readonly everyMs: number,
    seed: number,
  ) {
    this.random = seededRandom(seed);
  }

  start(): void {
    this.timer = setInterval(() => this.kill(), this.everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private kill(): void {
    const running = this.installation.processes().filter(({ command }) => killable.test(command));
    const victim = running[Math.floor(this.random() * running.length)];
    if (!victim) return;
    this.killed.push(killable.exec(victim.command)?.[0] ?? '');
    // PostgreSQL killed with -9 and its folder removed would leave its shared memory behind; SIGQUIT is its crash.
    process.kill(victim.pid, victim.command.includes('bin/postgres') ? 'SIGQUIT' : 'SIGKILL');
  }
}
