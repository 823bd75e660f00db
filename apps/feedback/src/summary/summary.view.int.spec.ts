import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Lists } from '@signalbox/chassis';
import { Database } from '@signalbox/persistence';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { migrations } from '../migrations/index.js';
import { summaryListRules, SummaryView } from './summary.view.js';
import type { FeedbackSummary } from './summary.view.js';

const versions = 3_000;
const lists = new Lists('a-key-of-this-test');
let postgres: TestPostgres;
let database: Database;

/** Of every version but each tenth there is a complaint, a praise and a survey; a question names no version. */
beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('feedback'), name: 'feedback', migrations });
  await database.query(`INSERT INTO application VALUES ('shop', 'shop', '{}', 1), ('blog', 'blog', '{}', 1)`);
  await database.query(
    `INSERT INTO release SELECT 'rel_' || n, 'event_' || n, 'shop', '1.' || n || '.0', timestamptz '2026-11-27T12:00Z' + n / 2 * interval '1 s', '[]'
     FROM generate_series(1, ${versions}) AS n`,
  );
  await database.query(
    `INSERT INTO feedback_item (id, version, event_seq, state, application, app_version, kind, rating, received_at, forgotten)
     SELECT gen_random_uuid(), 1, 1, '{}', 'shop', nullif('1.' || n || '.0', '1.0.0'), kind, rating, now(), false
     FROM generate_series(0, ${versions}) AS n JOIN (VALUES ('complaint', NULL), ('praise', NULL), ('survey', 9), ('question', NULL))
       AS said (kind, rating) ON (n = 0) = (kind = 'question') WHERE n = 0 OR n % 10 > 0`,
  );
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

async function pageOf(application: string, more: { cursor?: string; limit?: string } = {}) {
  return new SummaryView(database).list(application, lists.parse({ application, ...more }, summaryListRules));
}

it('pages of versions show each once that somebody has said something about, newest first', async () => {
  const seen: FeedbackSummary[] = [];
  let next: string | null | undefined;
  while (next !== null) {
    const { items, nextCursor } = await pageOf('shop', { limit: '200', ...(next && { cursor: next }) });
    expect(items.length).toBeLessThanOrEqual(200);
    seen.push(...items);
    next = nextCursor;
  }
  const told = Array.from({ length: versions }, (_, n) => n + 1).filter((n) => n % 10 > 0);
  const inOrder = told.toSorted((a, b) => Math.floor(b / 2) - Math.floor(a / 2) || (`rel_${a}` < `rel_${b}` ? 1 : -1));
  expect(seen.map(({ version }) => version)).toEqual([...inOrder.map((n) => `1.${n}.0`), null]);
  expect(seen[0]).toMatchObject({ count: 3, kinds: { complaint: 1, praise: 1, survey: 1, question: 0 } });
  expect(seen.at(-1)).toMatchObject({ count: 1, kinds: { question: 1 }, complaints: { share: 0 } });
});

it('the first page is of fifty versions, and of none where nobody has said anything', async () => {
  expect((await pageOf('shop')).items).toHaveLength(50);
  expect(await pageOf('blog')).toEqual({ items: [], nextCursor: null });
});
