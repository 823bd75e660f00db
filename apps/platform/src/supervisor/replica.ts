import { join } from 'node:path';
import type { ReplicatedName } from './replica-counts.js';
import type { ServiceName } from './installation.js';

/** One of several processes of a service. */
export interface Replica {
  service: ReplicatedName;
  /** `planning`, `planning-2`, …: names of logs and of what is told. */
  name: string;
  /** From 1. */
  number: number;
}

export function replicasOf(service: ReplicatedName, count: number): Replica[] {
  return Array.from({ length: count }, (_, index) => ({
    service,
    name: index === 0 ? service : `${service}-${index + 1}`,
    number: index + 1,
  }));
}

/**
 * A service's variables for one of its replicas. Where there are several, each listens on a port of its own, by which
 * it is watched, and all on the service's, by which it is called.
 */
export function variablesOfReplica(
  base: Record<string, string>,
  { service, name, number }: Replica & { service: ServiceName },
  ownPort: number | undefined,
): Record<string, string> {
  const mirrors = base['MIRROR_DIRECTORY'];
  return {
    ...base,
    ...(ownPort !== undefined && { PORT: String(ownPort), SHARED_PORT: base['PORT'] ?? '' }),
    // Two processes must not fetch into one mirror.
    ...(service === 'planning' &&
      mirrors !== undefined &&
      number > 1 && { MIRROR_DIRECTORY: join(mirrors, '..', `mirrors-of-${name}`) }),
  };
}
