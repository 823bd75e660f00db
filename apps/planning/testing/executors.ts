import { stageCancelled, stageEnded, stageMoved, stageRequested, stageStarted, topics } from '@signalbox/domain';
import type {
  EventDraft,
  EventOf,
  ReceivedEvent,
  Running,
  StageOutputs,
  StageRequest,
  StageResult,
  Topic,
} from '@signalbox/domain';
import { appendOutbox } from '@signalbox/messaging';
import type { Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import { eventually } from '@signalbox/testing';
import { digestOf } from './releases.js';

export type Request = StageRequest & { eventId: string };
type Result = Omit<StageResult, 'releaseId' | 'stage' | 'attempt'>;

const topicOf: Record<StageRequest['kind'], Topic> = {
  build: topics.build,
  deploy: topics.deployment,
  test: topics.test,
  monitor: topics.monitoring,
  feedback: topics.feedback,
  approve: topics.planning,
};

/** Every executor at once: says yes to each request, except to those the test keeps for itself. */
export class Executors {
  readonly requests: Request[] = [];
  readonly cancels: EventOf<typeof stageCancelled>['content'][] = [];
  private readonly kept = new Set<string>();
  private readonly live = new Map<string, Running>();
  private said = 0;

  constructor(
    private readonly database: Database,
    private readonly messaging: Messaging,
  ) {}

  /** From now on the test answers this stage of this application. */
  keep(application: string, ...stages: string[]): void {
    for (const stage of stages) this.kept.add(`${application}:${stage}`);
  }

  release(application: string, stage: string): void {
    this.kept.delete(`${application}:${stage}`);
  }

  async hear(event: ReceivedEvent): Promise<void> {
    if (event.type === stageCancelled.type) this.cancels.push((event as EventOf<typeof stageCancelled>).content);
    if (event.type !== stageRequested.type) return;
    const request = { ...(event as EventOf<typeof stageRequested>).content, eventId: event.id };
    this.requests.push(request);
    if (!this.kept.has(`${request.application}:${request.stage}`)) await this.finish(request);
  }

  request(releaseId: string, stage: string, attempt = 1): Promise<Request> {
    const isIt = (each: Request) => each.releaseId === releaseId && each.stage === stage && each.attempt === attempt;
    return eventually(() => this.requests.find(isIt), {
      withinMs: 15_000,
      what: `${stage} ${attempt} of ${releaseId}`,
    });
  }

  start(request: Request): Promise<void> {
    return this.say(stageStarted(topicOf[request.kind], of(request)));
  }

  progress(request: Request, summary: string): Promise<void> {
    const { releaseId, stage, attempt } = request;
    return this.say(stageMoved(topicOf[request.kind], { releaseId, stage, attempt, summary }));
  }

  finish(request: Request, result: Partial<Result> = {}): Promise<void> {
    const outcome = result.outcome ?? 'succeeded';
    const outputs = outcome === 'succeeded' ? this.outputsOf(request) : {};
    return this.say(stageEnded(topicOf[request.kind], of(request), { outputs, ...result, outcome }));
  }

  /** An answer that no contract knows: who reads it cannot apply it. */
  garble(request: Request): Promise<void> {
    return this.say({ ...stageEnded(topicOf[request.kind], of(request), { outcome: 'succeeded' }), customData: {} });
  }

  private outputsOf({ kind, application, environment, version, releaseId, deploy, artifact }: Request): StageOutputs {
    if (kind === 'build') return { artifact: { digest: digestOf(application + version), purl: 'p', sizeBytes: 1 } };
    if (kind !== 'deploy' || !deploy || !artifact) return {};
    const place = `${application}/${environment}`;
    const previous = this.live.get(place);
    const { slotVersion } = deploy;
    const by = deploy.targetReleaseId ?? releaseId;
    const current = { ...artifact, releaseId: by, version, deploymentId: `dep_${by}`, slotVersion };
    this.live.set(place, current);
    return { live: { current, ...(previous && { previous }), url: 'http://u', metricsUrl: 'http://m', slotVersion } };
  }

  private async say(event: EventDraft): Promise<void> {
    const aggId = `said_${(this.said += 1)}`;
    await this.database.transactions.run(async (tx) => {
      appendOutbox(tx, '/signalbox/executors', [{ draft: event, aggId, aggVersion: 1 }]);
      // Who hears a request answers in its transaction.
      this.database.afterCommit(() => this.messaging.poke());
    });
  }
}

function of({ releaseId, stage, attempt, eventId }: Request) {
  return { releaseId, stage, attempt, requestEventId: eventId };
}
