import type { DeploymentTraffic } from './traffic.js';
import { pickWeighted, type Weighted } from './balance.js';

/** One ready process. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  inFlight: number;
}

/** A deployment with at least one ready process. */
export interface Target extends Weighted {
  readonly label: string;
  readonly endpoints: readonly Endpoint[];
  readonly traffic: DeploymentTraffic;
  next: number;
}

export interface Route {
  target: Target;
  endpoint: Endpoint;
}

/** Where the next request goes; after a refusal another process of the same deployment, then any other. */
export function chooseRoute(targets: readonly Target[], refused: readonly Route[]): Route | undefined {
  if (refused.length === 0) {
    const target = pickWeighted(targets);
    return target && { target, endpoint: nextEndpoint(target) };
  }
  const failed = refused.map((route) => route.endpoint);
  const last = refused.at(-1)?.target;
  const ordered = targets
    .filter((target) => target.weight > 0)
    .sort((a, b) => Number(b.traffic === last?.traffic) - Number(a.traffic === last?.traffic));
  for (const target of ordered) {
    const endpoint = target.endpoints.find((each) => !failed.includes(each));
    if (endpoint) return { target, endpoint };
  }
  return undefined;
}

function nextEndpoint(target: Target): Endpoint {
  target.next = (target.next + 1) % target.endpoints.length;
  return target.endpoints[target.next] as Endpoint;
}
