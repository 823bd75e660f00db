import { describe, expect, it } from '@jest/globals';
import { stageProgressed } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { beat, cancel, end, grant, look, newTask, nextWakeUp, report } from './task.js';
import type { Task } from './task.js';

const start = new Date('2026-11-23T12:00:00.000Z');
const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1_000);
const of = { releaseId: 'rel_1', stage: 'build', attempt: 1, requestEventId: 'evt_1' };

function aTask(): Task {
  const checkout = { application: 'shop', version: '1.0.0', commit: 'c', repository: { location: '/r', path: '.' } };
  return newTask(
    {
      id: 'tsk_1',
      releaseId: 'rel_1',
      application: 'shop',
      team: 'shop',
      spec: { kind: 'build', ...checkout, outputs: ['**'] },
      answerTo: { kind: 'stage', buildId: 'bld_1', of },
    },
    start,
  );
}
const aRunning = (): Task => grant(aTask(), { leaseId: 'lse_1', runner: 'r1', fencingToken: 7 }, at(1)).next;
const around = (runnersOnline = 1) => ({ runnersOnline, hearsSince: at(-3_600) });
const succeeded = { fencingToken: 7, outcome: 'succeeded' as const };

describe('a queued task', () => {
  it('says nothing for 10 s, then that there is no runner, or that all are busy', () => {
    expect(nextWakeUp(aTask())).toEqual(at(10));
    given(aTask())
      .when((task) => look(task, around(0), at(9)))
      .thenNoEvents();
    const told = given(aTask()).when((task) => look(task, around(0), at(10)));
    told.thenEvents(stageProgressed);
    expect(told.events[0]?.content).toMatchObject({ waiting: [{ code: 'no_runner', detail: '0 online for 10s' }] });
    const busy = given(aTask()).when((task) => look(task, around(1), at(10)));
    expect(busy.events[0]?.content).toMatchObject({ waiting: [], summary: 'waits for a runner: every runner is busy' });
    expect(nextWakeUp(told.next)).toEqual(at(20));
  });

  it('is over at once when it is cancelled', () => {
    given(aTask())
      .when((task) => cancel(task, 'why'))
      .thenState({ status: 'closing' });
  });
});

describe('a running task', () => {
  it('is leased once', () => {
    given(aRunning())
      .when((task) => grant(task, { leaseId: 'lse_2', runner: 'r2', fencingToken: 8 }, at(2)))
      .thenRejected('conflict');
  });

  it('is errored when its lease runs out, but not while runners could not reach us', () => {
    given(aRunning())
      .when((task) => look(task, around(), at(16)))
      .thenState({ status: 'closing' });
    given(aRunning())
      .when((task) => look(task, { runnersOnline: 1, hearsSince: at(5) }, at(16)))
      .thenState({ status: 'running' });
    given(aRunning())
      .when((task) => look(task, { runnersOnline: 1, hearsSince: undefined }, at(3_600)))
      .thenState({ status: 'running' });
    const kept = beat(aRunning(), 'lse_1', at(15)).next;
    given(kept)
      .when((task) => look(task, around(), at(16)))
      .thenState({ status: 'running' });
  });

  it('ends by its runner alone when it is cancelled', () => {
    const asked = given(aRunning()).when((task) => cancel(task, 'why'));
    asked.thenState({ status: 'running', cancel: 'why' } as Partial<Task>);
    given(asked.next)
      .when((task) => report(task, 'lse_1', { fencingToken: 7, outcome: 'cancelled' }))
      .thenState({ status: 'closing' });
  });

  it('says that its evidence is being collected while that lasts, and nothing more when it has ended', () => {
    const closing = report(aRunning(), 'lse_1', succeeded).next;
    expect(nextWakeUp(closing)).toEqual(at(11));
    const told = given(closing).when((task) => look(task, around(), at(11)));
    told.thenEvents(stageProgressed);
    expect(told.events[0]?.content).toMatchObject({ summary: 'log, report and artifact are being collected' });
    expect(nextWakeUp(told.next)).toEqual(at(21));
    const often = Array.from({ length: 59 }, (_, times) => 10 * times + 21);
    const late = often.reduce((task, seconds) => look(task, around(), at(seconds)).next, told.next);
    expect(nextWakeUp(late)).toBeUndefined();
    given(late)
      .when((task) => look(task, around(), at(700)))
      .thenNoEvents();
    const ended = end(told.next, at(20)).next;
    expect(nextWakeUp(ended)).toBeUndefined();
    given(ended)
      .when((task) => look(task, around(), at(21)))
      .thenNoEvents();
  });

  it('takes one result, of its own lease and fencing token', () => {
    given(aRunning())
      .when((task) => report(task, 'lse_1', { ...succeeded, fencingToken: 6 }))
      .thenRejected('conflict', 'lease_lost');
    given(aRunning())
      .when((task) => report(task, 'lse_0', succeeded))
      .thenRejected('conflict', 'lease_lost');
    const closing = report(aRunning(), 'lse_1', succeeded).next;
    given(closing)
      .when((task) => report(task, 'lse_1', succeeded))
      .thenState({ status: 'closing' });
    given(closing)
      .when((task) => report(task, 'lse_1', { ...succeeded, outcome: 'failed' }))
      .thenRejected('conflict', 'lease_lost');
    given(end(closing, at(20)).next)
      .when((task) => beat(task, 'lse_1', at(21)))
      .thenRejected('conflict', 'lease_lost');
  });
});
