import { Injectable } from '@nestjs/common';
import type { StageRequest } from '@signalbox/domain';
import type { Database, Versioned } from '@signalbox/persistence';
import type { IncidentService } from '../incident/incident.service.js';
import type { Sample } from '../metrics/counters.js';
import { begin, cancel, sampled, unreadable, watchIdOf } from './watch.js';
import type { Watch } from './watch.js';
import type { WatchStore } from './watch.store.js';

@Injectable()
export class WatchService {
  constructor(
    private readonly database: Database,
    private readonly watches: WatchStore,
    private readonly incidents: IncidentService,
  ) {}

  /** A request that was heard before changes nothing. */
  async request(request: StageRequest, requestEventId: string): Promise<void> {
    const { next, events } = begin(request, requestEventId, await this.database.now());
    await this.watches.createOnce(next, events);
  }

  async cancel({ releaseId, stage, attempt }: Pick<StageRequest, 'releaseId' | 'stage' | 'attempt'>, reason: string) {
    const id = watchIdOf(releaseId, stage, attempt);
    if (!(await this.watches.find(id))) return;
    await this.watches.change(id, (watch, now) => cancel(watch, reason, now));
  }

  due(): Promise<string[]> {
    return this.watches.due();
  }

  get(id: string): Promise<Versioned<Watch>> {
    return this.watches.get(id);
  }

  /** A watch that fails opens an incident in the same transaction. */
  async sampled(id: string, looks: number, sample: Sample): Promise<void> {
    await this.database.runWithRetry(async () => {
      const { state } = await this.watches.change(id, (watch, now) => sampled(watch, looks, sample, now));
      if (state.ended?.outcome === 'failed') await this.incidents.detect(state, state.ended.detail);
    });
  }

  async unreadable(id: string, looks: number, reason: string): Promise<void> {
    await this.watches.change(id, (watch, now) => unreadable(watch, looks, reason, now));
  }
}
