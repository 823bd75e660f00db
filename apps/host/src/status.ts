import type { HostStatus } from '@signalbox/domain';
import type { RunningDeployment } from './slot/running-deployment.runtime.js';
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
      wanted: sum(active.deployments.filter(hasBegun).map(({ desired }) => desired.replicas)),
      ready: sum(active.deployments.filter(hasBegun).map(({ readyReplicas }) => readyReplicas)),
    })),
  };
}

/** One that comes up for the first time lacks nothing yet. */
function hasBegun({ status, restarts }: Pick<RunningDeployment, 'status' | 'restarts'>): boolean {
  return status !== 'fetching' && (status !== 'starting' || restarts > 0);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
