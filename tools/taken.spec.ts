import { topics } from '@signalbox/domain';
import { expect, it } from '@jest/globals';
import { AuditedDatabase } from '../e2e/faults/audit.js';
import { noFindings, tell, waitFor } from '../e2e/faults/findings.js';
import type { LoggedEvent } from '../e2e/faults/log-reader.js';
import { Reader } from '../e2e/faults/taken-check.js';

/** More than a call of a function takes arguments. */
const many = 200_000;

it('a fault under which a service takes very many events leaves none out', () => {
  const events = Array.from({ length: many }, (_, at): LoggedEvent => ({
    id: `e${at}`,
    type: 'planned',
    source: '/signalbox/planning',
    topic: topics.planning,
    aggId: `r${at}`,
    aggVersion: 1,
    releaseId: `r${at}`,
    time: '',
    text: '',
  }));
  const reader = new Reader(new AuditedDatabase('gateway', () => ''));
  reader.logged(events);
  const known = new Map(events.map((event) => [event.id, event]));
  const taken = events.slice(1).map(({ id }) => ({ id, batch: '1' }));
  expect(reader.hold(taken, new Set(known.keys()))).toBe(true);
  reader.take(known);
  expect([reader.count, reader.notTaken().map(({ id }) => id)]).toEqual([many - 1, ['e0']]);
});

it('very many violations are told one by one', () => {
  const { I3 } = noFindings();
  tell(I3, 1, Array.from({ length: many }, String));
  expect(I3.violations.length).toBe(many);
});

it('what could not be asked is a complaint, what has not come is none yet', async () => {
  const failing = () => Promise.reject(new Error('the server is gone'));
  expect(await waitFor(failing, { withinMs: 1, what: 'an end' })).toEqual([
    'could not wait for an end: the server is gone',
  ]);
  expect(await waitFor(() => Promise.resolve(false), { withinMs: 1, what: 'an end' })).toEqual([]);
});
