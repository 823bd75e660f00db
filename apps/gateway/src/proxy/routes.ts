import type { UpstreamName } from '../config.js';

/** Which service answers for which collection; every route of the product has its place here. */
const owners: Record<string, UpstreamName> = {
  applications: 'planning',
  'manifest-schemas': 'planning',
  releases: 'planning',
  slots: 'planning',
  freezes: 'planning',
  overrides: 'planning',
  holds: 'planning',
  quarantines: 'planning',
  'environment-protections': 'planning',
  builds: 'build-coordinator',
  tasks: 'build-coordinator',
  runners: 'build-coordinator',
  'test-runs': 'test-orchestrator',
  'missed-reports': 'test-orchestrator',
  environments: 'deployer',
  deployments: 'deployer',
  secrets: 'deployer',
  analyses: 'monitor',
  incidents: 'monitor',
  feedback: 'feedback',
  'feedback-summaries': 'feedback',
  'delivery-metrics': 'feedback',
};

/** Every service has its own; the gateway's own never get here. */
const ofEachService = 'parked-events';

/** The service that owns a path such as `/v1/releases/rel_1`; undefined when none does. */
export function ownerOf(path: string): UpstreamName | undefined {
  const [, collection, member] = /^\/v1\/([^/?]+)(?:\/([^/?]+))?/.exec(path) ?? [];
  if (collection === ofEachService) return Object.values(owners).find((owner) => owner === member);
  return collection !== undefined && Object.hasOwn(owners, collection) ? owners[collection] : undefined;
}
