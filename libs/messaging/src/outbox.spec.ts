import { expect, it } from '@jest/globals';
import { draft, planningAlive } from '@signalbox/domain';
import { appendOutbox } from './outbox.js';
import type { Tx } from './ports.js';

/** Notes what is written, in place of a database that no refused event may reach. */
function transaction(): { tx: Tx; written: string[] } {
  const written: string[] = [];
  const tx: Tx = {
    query: () => Promise.resolve([]),
    execute: (sql) => void written.push(sql),
    savepoint: (work) => work(),
  };
  return { tx, written };
}

const alive = draft(planningAlive, { subject: 'planning', content: { at: '2026-11-23T10:00:00Z' } });
const entry = { draft: alive, aggId: 'planning', aggVersion: 1 };

it('a service says nothing on a topic that is not its own: Kafka would refuse it, and all that follows', () => {
  const { tx, written } = transaction();
  expect(() => appendOutbox(tx, '/signalbox/monitor', [entry])).toThrow(
    '/signalbox/monitor does not publish on signalbox.reference (serviceTopics)',
  );
  expect(written).toEqual([]);
});

it('its own topics take it', () => {
  const { tx, written } = transaction();
  expect(appendOutbox(tx, '/signalbox/planning', [entry])).toHaveLength(1);
  expect(written).toHaveLength(1);
});
