import { durationMs, stageEnded, topics } from '@signalbox/domain';
import type { Decision, StageAttempt, StageRequest } from '@signalbox/domain';

/** The time in which feedback on a release is collected; the stage has succeeded once it is open. */
export interface FeedbackWindow {
  id: string;
  of: StageAttempt;
  releaseId: string;
  application: string;
  version: string;
  opensAt: string;
  closesAt: string;
}

export function open(request: StageRequest, requestEventId: string, now: Date): Decision<FeedbackWindow> {
  const { releaseId, application, version, stage, attempt, definition } = request;
  const of = { releaseId, stage, attempt, requestEventId };
  const opensAt = now.toISOString();
  const closesAt = new Date(now.getTime() + durationMs(definition.feedback.window)).toISOString();
  const id = `win_${releaseId.replace(/^rel_/, '')}-${stage}-${attempt}`;
  const ended = stageEnded(topics.feedback, of, {
    outcome: 'succeeded',
    detail: `open until ${closesAt}`,
    outputs: { evidence: { windowId: id, opensAt, closesAt } },
  });
  return { next: { id, of, releaseId, application, version, opensAt, closesAt }, events: [ended] };
}
