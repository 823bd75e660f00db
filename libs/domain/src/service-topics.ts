import { topics } from './event.js';
import type { Topic } from './event.js';
import { inboundTopic } from './event-source.js';
import type { EventSource } from './event-source.js';

/** What a service may do with the log: the least that its work needs, and all that Kafka has to grant it. */
export interface TopicAccess {
  readonly publishes: readonly string[];
  readonly reads: readonly string[];
}

interface ServiceAccess {
  readonly publishes: readonly Topic[];
  readonly reads: readonly Topic[];
  /** With the topics of every source outside. */
  readonly inbound?: readonly (keyof TopicAccess)[];
}

const { planning, build, test, deployment, monitoring, feedback, reference } = topics;

/** Who publishes and reads which topics. The outbox refuses an event on another topic, messaging a handler of one. */
export const serviceTopics: Readonly<Record<string, ServiceAccess>> = {
  planning: { publishes: [planning, reference], reads: [build, test, deployment, monitoring, feedback] },
  'build-coordinator': { publishes: [build], reads: [planning, test] },
  'test-orchestrator': { publishes: [test], reads: [planning, build], inbound: ['reads'] },
  deployer: { publishes: [deployment, reference], reads: [planning, monitoring, reference] },
  monitor: { publishes: [monitoring], reads: [planning, deployment, reference] },
  feedback: { publishes: [feedback], reads: [planning, deployment, monitoring, reference] },
  /** Takes in what comes from outside, and archives every event. */
  gateway: { publishes: [], reads: Object.values(topics), inbound: ['publishes', 'reads'] },
};

/** All topics in both directions for who is not a service of ours: tools and tests. */
export function topicsOf(service: string, sources: readonly EventSource[] = []): TopicAccess {
  const all = Object.values(topics);
  const access: ServiceAccess = serviceTopics[service] ?? {
    publishes: all,
    reads: all,
    inbound: ['publishes', 'reads'],
  };
  const inbound = (way: keyof TopicAccess) => (access.inbound?.includes(way) ? sources.map(inboundTopic) : []);
  return {
    publishes: [...access.publishes, ...inbound('publishes')],
    reads: [...access.reads, ...inbound('reads')],
  };
}
