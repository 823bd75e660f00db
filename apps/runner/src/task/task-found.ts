import type { TaskResult } from '@signalbox/domain';

/** What a task has brought forth so far; it counts whichever way the task ends. */
export type TaskFound = Pick<TaskResult, 'artifact' | 'reportDigest'>;
