import type { ClosedGate, DeploymentObserved, Running } from '@signalbox/domain';

/** What one round has seen of the host. */
export interface Seen {
  /** This deployment as the host sees it; undefined when it is not there or was not looked at. */
  observed: DeploymentObserved | undefined;
  /** Whether `observed` was looked up at all in this round. */
  hasLooked: boolean;
  /** How long this process has tried in vain to put or to look; absent: it has not tried, or it was answered. */
  unreachedForMs?: number;
}

/** Everything outside a rollout that decides about its next step. */
export interface Facts extends Seen {
  now: Date;
  /** Whether the host has acknowledged the newest desired state. */
  isPut: boolean;
  gates: ClosedGate[];
  /** The copy of the gates is fresh; otherwise no forward step. */
  areGatesKnown: boolean;
  missingSecrets: string[];
  current: Running | undefined;
  /** Another rollout is still on its way in or out there. */
  isOccupied: boolean;
  /** Since when this process hears judgements. */
  hearsSince: Date | undefined;
}
