import { AssignerProtocol } from 'kafkajs';
import type { PartitionAssigner } from 'kafkajs';

/** What a member subscribes to, by member. */
export type Subscriptions = ReadonlyMap<string, readonly string[]>;
export type Assignment = Record<string, number[]>;

/** Deals each partition out in turn among the members that subscribe to its topic. */
export function deal(
  subscriptions: Subscriptions,
  partitions: ReadonlyMap<string, readonly number[]>,
): Map<string, Assignment> {
  const members = [...subscriptions.keys()].sort();
  const dealt = new Map<string, Assignment>(members.map((member) => [member, {}]));
  let turn = 0;
  for (const topic of [...partitions.keys()].sort()) {
    const takers = members.filter((member) => subscriptions.get(member)?.includes(topic));
    if (takers.length === 0) continue;
    for (const partition of partitions.get(topic) ?? []) {
      const assignment = dealt.get(takers[turn % takers.length] ?? '');
      if (assignment) assignment[topic] = [...(assignment[topic] ?? []), partition];
      turn += 1;
    }
  }
  return dealt;
}

const name = 'SignalboxAssigner';
const version = 1;

/** Unlike kafkajs' own, it gives no member a topic to which that member does not subscribe. */
export const subscriptionAssigner: PartitionAssigner = ({ cluster }) => ({
  name,
  version,
  async assign({ members }) {
    const subscriptions = new Map(
      members.map((member) => [
        member.memberId,
        AssignerProtocol.MemberMetadata.decode(member.memberMetadata)?.topics ?? [],
      ]),
    );
    const topics = [...new Set([...subscriptions.values()].flat())];
    // The leader knows only its own topics until it asks for the others'.
    await cluster.addMultipleTargetTopics(topics);
    const partitions = new Map(
      topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).map((found) => found.partitionId)]),
    );
    return [...deal(subscriptions, partitions)].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
    }));
  },
  protocol({ topics }) {
    return { name, metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }) };
  },
});
