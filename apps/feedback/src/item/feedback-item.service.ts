import { Injectable } from '@nestjs/common';
import type { Versioned } from '@signalbox/persistence';
import type { ReleaseStore } from '../release/release.projection.js';
import { forget, receive } from './feedback-item.js';
import type { FeedbackItem, Wish } from './feedback-item.js';
import type { FeedbackItemStore } from './feedback-item.store.js';

@Injectable()
export class FeedbackItemService {
  constructor(
    private readonly items: FeedbackItemStore,
    private readonly releases: ReleaseStore,
  ) {}

  async receive(wish: Wish): Promise<Versioned<FeedbackItem>> {
    const { next, events } = receive(wish, await this.releases.versionsOf(wish.application, wish.version));
    return this.items.create(next, events);
  }

  async forget(id: string): Promise<void> {
    await this.items.change(id, forget);
  }

  get(id: string): Promise<Versioned<FeedbackItem>> {
    return this.items.get(id);
  }
}
