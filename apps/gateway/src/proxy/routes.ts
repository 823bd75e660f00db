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
  environments: 'deployer',
  deployments: 'deployer',
  secrets: 'deployer',
  analyses: 'monitor',
  incidents: 'monitor',
  feedback: 'feedback',
  'feedback-summaries': 'feedback',
  'delivery-metrics': 'feedback',
};

/** The service that owns a path such as `/v1/releases/rel_1`; undefined when none does. */
export function ownerOf(path: string): UpstreamName | undefined {
  const collection = /^\/v1\/([^/?]+)/.exec(path)?.[1];
  return collection !== undefined && Object.hasOwn(owners, collection) ? owners[collection] : undefined;
}
