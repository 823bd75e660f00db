import { Injectable } from '@nestjs/common';
import type { StageRequest } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import { open } from './feedback-window.js';
import type { FeedbackWindowStore } from './feedback-window.store.js';

@Injectable()
export class FeedbackWindowService {
  constructor(
    private readonly database: Database,
    private readonly windows: FeedbackWindowStore,
  ) {}

  /** A request that was heard before changes nothing. */
  async open(request: StageRequest, requestEventId: string): Promise<void> {
    const { next, events } = open(request, requestEventId, await this.database.now());
    await this.windows.createOnce(next, events);
  }
}
