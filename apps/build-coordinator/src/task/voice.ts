import { draft, stageMoved, taskFinished, taskProgressed, topics } from '@signalbox/domain';
import type { EventDraft } from '@signalbox/domain';
import type { Findings } from './findings.js';
import type { Task } from './task.js';

export interface Progress {
  state: 'waiting_for_runner' | 'running';
  detail: string;
  noRunner?: boolean;
}

/** How a task stands, in the words of whom it answers. */
export function progressOf(task: Task, { state, detail, noRunner }: Progress): EventDraft {
  const { id: taskId, releaseId, answerTo } = task;
  if (answerTo.kind === 'task') {
    return draft(taskProgressed, {
      subject: taskId,
      chainId: releaseId,
      content: { taskId, releaseId, state, detail, ...(noRunner && { noRunner }) },
    });
  }
  const { stage, attempt } = answerTo.of;
  const summary = state === 'running' ? detail : `waits for a runner: ${detail}`;
  const waiting = noRunner ? [{ code: 'no_runner', detail, who: 'operator', command: 'doctor' }] : [];
  return stageMoved(topics.build, { releaseId, stage, attempt, summary, waiting });
}

/** The answer to a service that asked for a task. */
export function answerOf(task: Task, requestedBy: string, { result, lastLines }: Findings): EventDraft {
  const { artifact: _none, ...told } = result;
  return draft(taskFinished, {
    subject: task.id,
    chainId: task.releaseId,
    content: { taskId: task.id, requestedBy, releaseId: task.releaseId, ...told, lastLines },
  });
}
