import type { HostStatus } from '@signalbox/domain';
import type { SlotService } from './slot/slot.service.js';
import type { Build } from './telemetry.js';

/** What should run on this machine and what does, for whoever looks for faults. */
export function statusOf(slots: SlotService, build: Build): HostStatus {
  return {
    ...build,
    now: new Date().toISOString(),
    slots: slots.list().map(({ stored: { application, environment }, active }) => ({
      application,
      environment,
      generation: active.generation,
      wanted: sum(active.deployments.map(({ desired }) => desired.replicas)),
      ready: sum(active.deployments.map(({ readyReplicas }) => readyReplicas)),
    })),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
