import { Injectable } from '@nestjs/common';
import type { analysisRequested, EventOf } from '@signalbox/domain';
import type { Database, Versioned } from '@signalbox/persistence';
import type { Sample } from '../metrics/counters.js';
import { analysisOf, end, moveOn, sampled, unreadable } from './analysis.js';
import type { Analysis } from './analysis.js';
import type { AnalysisStore } from './analysis.store.js';
import type { JudgementStore } from './judgement.store.js';

@Injectable()
export class AnalysisService {
  constructor(
    private readonly database: Database,
    private readonly analyses: AnalysisStore,
    private readonly judgements: JudgementStore,
  ) {}

  /** Begins the analysis of a rollout, or moves it on to a new weight. */
  async request(request: EventOf<typeof analysisRequested>['content']): Promise<void> {
    if (await this.analyses.createOnce(analysisOf(request, await this.database.now()), [])) return;
    await this.analyses.change(request.analysisId, (analysis, now) => moveOn(analysis, request, now));
  }

  /** The rollout has ended; one that was never analysed has nothing to end. */
  async cancel(analysisId: string, reason: string): Promise<void> {
    if (!(await this.analyses.find(analysisId))) return;
    await this.analyses.change(analysisId, (analysis, now) => end(analysis, reason, now));
  }

  due(): Promise<string[]> {
    return this.analyses.due();
  }

  get(id: string): Promise<Versioned<Analysis>> {
    return this.analyses.get(id);
  }

  /** Records a look at the counters, made when the analysis had had `looks` of them. */
  async sampled(id: string, looks: number, sample: Sample): Promise<void> {
    await this.database.runWithRetry(async () => {
      const { state } = await this.analyses.change(id, (analysis, now) => sampled(analysis, looks, sample, now));
      if (state.judged) await this.judgements.add(state.judged);
    });
  }

  async unreadable(id: string, looks: number, reason: string): Promise<void> {
    await this.analyses.change(id, (analysis, now) => unreadable(analysis, looks, reason, now));
  }
}
