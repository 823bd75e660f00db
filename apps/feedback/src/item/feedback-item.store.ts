import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { FeedbackItem } from './feedback-item.js';

export class FeedbackItemStore extends Store<FeedbackItem> {
  constructor(database: Database, onCommit: OnCommit<FeedbackItem>) {
    super(
      database,
      {
        aggregate: 'feedback item',
        table: 'feedback_item',
        source: '/signalbox/feedback',
        columns: ({ application, version, kind, rating, receivedAt, forgottenAt }) => ({
          application,
          app_version: version ?? null,
          kind,
          rating: rating ?? null,
          received_at: receivedAt,
          forgotten: forgottenAt !== undefined,
        }),
      },
      onCommit,
    );
  }
}
