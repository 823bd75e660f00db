import { serviceNames } from './installation.js';
import type { ServiceName } from './installation.js';
import { UsageError } from './usage-error.js';

export type ReplicatedName = ServiceName | 'runner';

export const replicated: readonly ReplicatedName[] = [...serviceNames, 'runner'];
const mostReplicas = 9;

/** @param text `2` for all, or `planning=2,deployer=3`; undefined: one of each */
export function replicaCounts(text: string | undefined): Record<ReplicatedName, number> {
  const all = (count: number) =>
    Object.fromEntries(replicated.map((name) => [name, count])) as Record<ReplicatedName, number>;
  if (text === undefined) return all(1);
  if (!text.includes('=')) return all(countOf(text));
  const wished = text.split(',').map((part) => {
    const [name = '', count = ''] = part.split('=');
    return [replicatedName(name), countOf(count)] as const;
  });
  return { ...all(1), ...Object.fromEntries(wished) };
}

export function replicatedName(name: string): ReplicatedName {
  const found = replicated.find((known) => known === name);
  if (!found) throw new UsageError(`there is no service ${name}; there are ${replicated.join(', ')}`);
  return found;
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= mostReplicas) return count;
  throw new UsageError(`--replicas takes 1 to ${mostReplicas}, or planning=2,deployer=3; not ${text || 'nothing'}`);
}
