import { topics } from './event.js';
import type { Topic } from './event.js';

/** What a service may do with the log: the least that its work needs, and all that Kafka has to grant it. */
export interface TopicAccess {
  readonly publishes: readonly Topic[];
  readonly reads: readonly Topic[];
}

const { planning, build, test, deployment, monitoring, feedback, reference } = topics;

/** Who publishes and reads which topics. The outbox refuses an event on another topic, messaging a handler of one. */
export const serviceTopics: Readonly<Record<string, TopicAccess>> = {
  planning: { publishes: [planning, reference], reads: [build, test, deployment, monitoring, feedback] },
  'build-coordinator': { publishes: [build], reads: [planning, test] },
  'test-orchestrator': { publishes: [test], reads: [planning, build] },
  deployer: { publishes: [deployment, reference], reads: [planning, monitoring, reference] },
  monitor: { publishes: [monitoring], reads: [planning, deployment, reference] },
  feedback: { publishes: [feedback], reads: [planning, deployment, monitoring, reference] },
  /** The archive of every event. */
  gateway: { publishes: [], reads: Object.values(topics) },
};

/** All topics in both directions for who is not a service of ours: tools and tests. */
export function topicsOf(service: string): TopicAccess {
  const all = Object.values(topics);
  return serviceTopics[service] ?? { publishes: all, reads: all };
}
