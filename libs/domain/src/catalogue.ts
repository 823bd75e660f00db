import { topics } from './event.js';
import type { EventContract, Topic } from './event.js';
import { stageProgressed, taskrunFinished, taskrunStarted } from './events/execution.js';
import { gateEvaluated } from './events/test.js';

const { build, test, deployment, monitoring, feedback } = topics;
const executors = [build, test, deployment, monitoring, feedback];

/** Types that more than one service publishes, each on its own topic. */
const several: Readonly<Record<string, readonly Topic[]>> = {
  [taskrunStarted.type]: executors,
  [taskrunFinished.type]: executors,
  [stageProgressed.type]: executors,
  [gateEvaluated.type]: [build, test],
};

/** Where events of this type are published. */
export function topicsOfType({ type, topic }: Pick<EventContract, 'type' | 'topic'>): readonly Topic[] {
  return several[type] ?? [topic];
}

/** Types of our own carry what they say in `subject.content`; CDEvents' own, whose content is closed, in `customData` too. */
export function isCustomType({ type }: Pick<EventContract, 'type'>): boolean {
  return type.startsWith('dev.cdeventsx.');
}
