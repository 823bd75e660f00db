import type { Identity, ListQuery, ListRules, Page } from '@signalbox/chassis';
import { visibleTo } from '@signalbox/chassis';
import type { Database } from '@signalbox/persistence';
import type { FeedbackItem } from './feedback-item.js';

export const feedbackListRules: ListRules = {
  filters: {
    application: { column: 'feedback_item.application', kind: 'text' },
    version: { column: 'app_version', kind: 'text' },
    kind: { column: 'kind', kind: 'text' },
    receivedAt: { column: 'received_at', kind: 'time' },
  },
  sorts: { receivedAt: 'received_at' },
  defaultSort: '-receivedAt',
};

/** Feedback as lists show it; what was forgotten is not shown. */
export class FeedbackItemView {
  constructor(private readonly database: Database) {}

  async list(query: ListQuery, caller: Identity): Promise<Page<FeedbackItem>> {
    const params = [...query.params];
    const visible = visibleTo(caller, params, { application: 'feedback_item.application', team: 'team' });
    const rows = await this.database.query<{ id: string; state: FeedbackItem }>(
      `SELECT id, state FROM feedback_item LEFT JOIN application ON application.name = feedback_item.application
       WHERE (${query.where}) AND ${visible} AND NOT forgotten ORDER BY ${query.orderBy} LIMIT ${query.limit + 1}`,
      params,
    );
    return query.page(
      rows,
      (row) => row.state.receivedAt,
      (row) => row.state,
    );
  }
}
