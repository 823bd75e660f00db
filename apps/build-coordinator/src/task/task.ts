import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@signalbox/domain';
import type { Decision, StageAttempt, TaskResult, TaskSpec } from '@signalbox/domain';
import { progressOf } from './voice.js';
import type { Progress } from './voice.js';

/** Whom a task answers: the stage of a build, or a service that asked for it. */
export type AnswerTo = { kind: 'stage'; buildId: string; of: StageAttempt } | { kind: 'task'; requestedBy: string };

export interface TaskLease {
  leaseId: string;
  runner: string;
  fencingToken: number;
  startedAt: string;
  expiresAt: string;
}

export type TaskOutcome = Omit<TaskResult, 'fencingToken'>;

interface Common {
  id: string;
  releaseId: string;
  application: string;
  team: string;
  spec: TaskSpec;
  answerTo: AnswerTo;
  queuedAt: string;
  /** When those who wait have last heard of it. */
  saidAt: string;
}

/** One piece of work for one runner: leased once, never again. `closing`: the outcome stands, its evidence is collected. */
export type Task = Common &
  (
    | { status: 'queued' }
    | { status: 'running'; lease: TaskLease; cancel?: string }
    | { status: 'closing'; lease?: TaskLease; result: TaskOutcome; collectingTold?: number }
    | { status: 'ended'; lease?: TaskLease; result: TaskOutcome; endedAt: string }
  );

export const leaseMs = 15_000;
/** A task waits this long before a missing runner is worth telling. */
export const noRunnerAfterMs = 10_000;
const sayEveryMs = 10_000;
/** What is not collected when this was told so often never will be: who waits is told no more, and gives it up. */
const mostCollectingTold = 60;

export function newTask(
  fields: Pick<Task, 'id' | 'releaseId' | 'application' | 'team' | 'spec' | 'answerTo'>,
  now: Date,
): Task {
  const at = now.toISOString();
  return { ...fields, status: 'queued', queuedAt: at, saidAt: at };
}

export function nextWakeUp(task: Task): Date | undefined {
  switch (task.status) {
    case 'queued':
      return after(task.saidAt, sayEveryMs);
    case 'closing':
      return isGivenUp(task) ? undefined : after(task.saidAt, sayEveryMs);
    case 'running':
      return new Date(Math.min(after(task.saidAt, sayEveryMs).getTime(), Date.parse(task.lease.expiresAt)));
    case 'ended':
      return undefined;
  }
}

export function grant(
  task: Task,
  to: Pick<TaskLease, 'leaseId' | 'runner' | 'fencingToken'>,
  now: Date,
): Decision<Task> {
  if (task.status !== 'queued') throw new DomainError('conflict', `task ${task.id} has a runner already`);
  const lease = { ...to, startedAt: now.toISOString(), expiresAt: after(now, leaseMs).toISOString() };
  const next: Task = { ...task, status: 'running', lease, saidAt: now.toISOString() };
  return { next, events: [progressOf(next, { state: 'running', detail: `on runner ${to.runner}` })] };
}

/** A runner is still at it. @throws DomainError lease_lost */
export function beat(task: Task, leaseId: string, now: Date): Decision<Task> {
  const running = requireLease(task, leaseId);
  const lease = { ...running.lease, expiresAt: after(now, leaseMs).toISOString() };
  return { next: { ...running, lease }, events: [] };
}

/** What a runner found; the first word stands, and the same word again is no news. @throws DomainError lease_lost */
export function report(task: Task, leaseId: string, { fencingToken, ...result }: TaskResult): Decision<Task> {
  const isRepeated = 'result' in task && task.lease?.leaseId === leaseId && isDeepStrictEqual(task.result, result);
  if (isRepeated) return { next: task, events: [] };
  const running = requireLease(task, leaseId);
  if (running.lease.fencingToken !== fencingToken) throw lost(task);
  return { next: close(running, result), events: [] };
}

/** A queued task ends at once; a running one when its runner has heard of it. */
export function cancel(task: Task, reason: string): Decision<Task> {
  switch (task.status) {
    case 'queued':
      return { next: close(task, { outcome: 'cancelled', reason: 'cancelled', detail: reason }), events: [] };
    case 'running':
      return { next: { ...task, cancel: task.cancel ?? reason }, events: [] };
    case 'closing':
    case 'ended':
      return { next: task, events: [] };
  }
}

export interface Surroundings {
  runnersOnline: number;
  /** Since when runners could reach us: a lease does not run out while we are away. Undefined: we are. */
  hearsSince: Date | undefined;
}

/** Ends a task whose runner has gone, and otherwise tells how it stands: to collect a large artifact may take long. */
export function look(task: Task, around: Surroundings, now: Date): Decision<Task> {
  if (task.status === 'ended' || isGivenUp(task)) return { next: task, events: [] };
  if (task.status === 'running' && isExpired(task.lease, around.hearsSince, now)) {
    const detail = `runner ${task.lease.runner} was not heard of for ${leaseMs / 1_000}s`;
    return { next: close(task, { outcome: 'errored', reason: 'lease_expired', detail }), events: [] };
  }
  if (after(task.saidAt, sayEveryMs) > now) return { next: task, events: [] };
  const next = task.status === 'closing' ? { ...task, collectingTold: (task.collectingTold ?? 0) + 1 } : task;
  return {
    next: { ...next, saidAt: now.toISOString() },
    events: [progressOf(task, standing(task, around.runnersOnline))],
  };
}

function standing(task: Task & { status: 'queued' | 'running' | 'closing' }, runnersOnline: number): Progress {
  switch (task.status) {
    case 'queued': {
      const noRunner = runnersOnline === 0;
      const detail = noRunner ? `0 online for ${noRunnerAfterMs / 1_000}s` : 'every runner is busy';
      return { state: 'waiting_for_runner', detail, noRunner };
    }
    case 'running':
      return { state: 'running', detail: `on runner ${task.lease.runner}` };
    case 'closing':
      return { state: 'running', detail: 'log, report and artifact are being collected' };
  }
}

export function end(task: Task, now: Date): Decision<Task> {
  if (task.status !== 'closing') return { next: task, events: [] };
  return { next: { ...task, status: 'ended', endedAt: now.toISOString() }, events: [] };
}

/** @throws DomainError lease_lost */
export function requireLease(task: Task, leaseId: string): Task & { status: 'running' } {
  if (task.status !== 'running' || task.lease.leaseId !== leaseId) throw lost(task);
  return task;
}

function lost(task: Task): DomainError {
  return new DomainError('conflict', `the lease of task ${task.id} is over`, { reason: 'lease_lost' });
}

function close(task: Task & { status: 'queued' | 'running' }, result: TaskOutcome): Task {
  if (task.status === 'queued') return { ...task, status: 'closing', result };
  const { cancel: _heard, ...rest } = task;
  return { ...rest, status: 'closing', result };
}

function isGivenUp(task: Task): boolean {
  return task.status === 'closing' && (task.collectingTold ?? 0) >= mostCollectingTold;
}

function isExpired(lease: TaskLease, hearsSince: Date | undefined, now: Date): boolean {
  return hearsSince !== undefined && new Date(lease.expiresAt) <= now && after(hearsSince, leaseMs) <= now;
}

function after(from: Date | string, ms: number): Date {
  return new Date(new Date(from).getTime() + ms);
}
