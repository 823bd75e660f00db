import { readFileSync } from 'node:fs';
import { comesTrue } from '@signalbox/domain';
import { isAlive, signal } from './child.js';
import { processesWith, startTimeOf } from './process-record.js';

export interface Leftover {
  name: string;
  pid: number;
  startedAt: string | undefined;
}

/** A service, the platform or a runner; a host is taken over. */
const program = /\/apps\/(?!host\/)([a-z-]+)\/dist\/bundle\/main\.js\0/;

/**
 * Processes that an earlier supervisor of this installation has started and not ended. Those that run notice that it is
 * gone, and end by themselves; one that hangs does not.
 */
export async function leftoversOf(mark: string): Promise<Leftover[]> {
  return (await processesWith(mark)).flatMap((pid) => {
    const [, name] = program.exec(commandOf(pid)) ?? [];
    return name === undefined ? [] : [{ name, pid, startedAt: startTimeOf(pid) }];
  });
}

/** Kills those that have not ended within the grace; on a port that processes share they would be given calls. */
export async function endLeftovers(
  leftovers: readonly Leftover[],
  graceMs: number,
  say: (line: string) => void,
): Promise<void> {
  const left = () => leftovers.filter(({ pid, startedAt }) => isAlive(pid) && startTimeOf(pid) === startedAt);
  if (await comesTrue(() => left().length === 0, { withinMs: graceMs, everyMs: 100 })) return;
  for (const { name, pid } of left()) {
    say(`${name} of an earlier start (process ${pid}) did not end and is killed`);
    signal(-pid, 'SIGKILL');
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
