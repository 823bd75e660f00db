import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { FeedbackWindow } from './feedback-window.js';

export class FeedbackWindowStore extends Store<FeedbackWindow> {
  constructor(database: Database, onCommit: OnCommit<FeedbackWindow>) {
    super(
      database,
      {
        aggregate: 'feedback window',
        table: 'feedback_window',
        source: '/signalbox/feedback',
        columns: ({ releaseId }) => ({ release_id: releaseId }),
      },
      onCommit,
    );
  }
}
