import { clockAheadMs } from '@signalbox/domain';
import type { HostSeen } from '@signalbox/domain';
import type { ProcessTarget } from './process-target.js';

/** What should run in an environment that has been put at least once. */
export interface Put {
  id: string;
  application: string;
  environment: string;
  generation: number;
}

/** The host beside what the deployer wants of it. */
export async function hostSeen(target: ProcessTarget, wanted: () => Promise<Put[]>): Promise<HostSeen> {
  const before = Date.now();
  const [status, environments] = await Promise.all([target.status().catch((error: Error) => error), wanted()]);
  const { url } = target;
  if (status instanceof Error) {
    const unseen = environments.map(({ id, generation }) => ({ id, generation }));
    return { url, ok: false, detail: status.message, environments: unseen };
  }
  const { version, commit, now, slots } = status;
  return {
    url,
    ok: true,
    build: { version, commit },
    clockAheadMs: clockAheadMs(Date.parse(now), before, Date.now()),
    environments: environments.map(({ id, application, environment, generation }) => {
      const slot = slots.find((each) => each.application === application && each.environment === environment);
      return { id, generation, ...(slot && { onHost: slot.generation, wanted: slot.wanted, ready: slot.ready }) };
    }),
  };
}
