import { serviceNames } from './installation.js';
import type { ServiceName } from './installation.js';
import { UsageError } from './usage-error.js';

export type ReplicatedName = ServiceName | 'runner';

export const replicated: readonly ReplicatedName[] = [...serviceNames, 'runner'];
const mostReplicas = 9;

/**
 * @param text `2` for all, or `planning=2,deployer=3`; undefined: one of each. None of a service, `deployer=0`, where
 * others do its stages or it is down for a while.
 */
export function replicaCounts(text: string | undefined): Record<ReplicatedName, number> {
  const all = (count: number) =>
    Object.fromEntries(replicated.map((name) => [name, count])) as Record<ReplicatedName, number>;
  if (text === undefined) return all(1);
  if (!text.includes('=')) return all(countOf(text, 1));
  return { ...all(1), ...Object.fromEntries(namedCounts(text.split(','))) };
}

/** @param parts `planning=2`, `deployer=3` */
export function namedCounts(parts: readonly string[]): (readonly [ReplicatedName, number])[] {
  const counts = parts.map((part) => {
    const [name = '', count = ''] = part.split('=');
    return [replicatedName(name), countOf(count, 0)] as const;
  });
  demandOnce(counts.map(([name]) => name));
  return counts;
}

/** Which of two wishes would win is nothing to be guessed. */
export function demandOnce(names: readonly ReplicatedName[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) throw new UsageError(`${twice} is named twice`);
}

export function replicatedName(name: string): ReplicatedName {
  const found = replicated.find((known) => known === name);
  if (!found) throw new UsageError(`there is no service ${name}; there are ${replicated.join(', ')}`);
  return found;
}

function countOf(text: string, least: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= mostReplicas) return count;
  throw new UsageError(
    `there may be 1 to ${mostReplicas} processes, or planning=2,deployer=0; not ${text || 'nothing'}`,
  );
}
