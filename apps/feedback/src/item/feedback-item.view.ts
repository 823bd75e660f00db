import type { Identity, ListQuery, ListRules, Listing, Page } from '@signalbox/chassis';
import { listVisible } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import { kinds } from './feedback-item.js';
import type { FeedbackItem } from './feedback-item.js';

export const feedbackListRules: ListRules = {
  filters: {
    application: { column: 'feedback_item.application', kind: 'text' },
    version: { column: 'app_version', kind: 'text' },
    kind: { column: 'kind', kind: 'text', values: kinds },
    receivedAt: { column: 'received_at', kind: 'time' },
  },
  sorts: { receivedAt: 'received_at' },
  defaultSort: '-receivedAt',
};

const listing: Listing<FeedbackItem, FeedbackItem> = {
  table: 'feedback_item',
  join: 'LEFT JOIN application ON application.name = feedback_item.application',
  where: 'NOT forgotten',
  owner: { application: 'feedback_item.application', team: 'team' },
  sortValue: (row) => row.state.receivedAt,
  show: (state) => state,
};

/** Feedback as lists show it; what was forgotten is not shown. */
export class FeedbackItemView {
  constructor(private readonly database: Database) {}

  list(query: ListQuery, caller: Identity): Promise<Page<FeedbackItem>> {
    return listVisible(this.database, listing, query, caller);
  }
}
