import { durationMs } from '@signalbox/domain';
import { expiresAt } from './approval.js';
import { isTakenBackNow, rollbacksUnderWay } from './release.js';
import type { Release, StageState } from './release.js';

const blockedPollMs = 5_000;
const overduePollMs = 1_000;
const silentAfterMs = 60_000;
/** A deployer writes less often while it waits for readiness. */
const deployerSilentAfterMs = 120_000;
/** A stage that nobody has taken up has begun nothing: its service may be away for a while, and it is done when that is back. */
export const untakenAfterMs = durationMs('PT15M');
/** How long an executor may take to answer a cancel. */
export const graceMs = 60_000;
/** How long a deployer may say nothing of a rollback, and how long it may take whatever it says. */
export const rollbackPatienceMs = durationMs('PT5M');
export const rollbackLimitMs = durationMs('PT1H');

/** How long an executor may say nothing of what it has taken up. */
export function silenceLimitMs({ kind }: Pick<StageState, 'kind'>): number {
  return kind === 'deploy' ? deployerSilentAfterMs : silentAfterMs;
}

/** When a stage of which no further word comes is cancelled, where all was heard meanwhile. */
export function silentAt({ createdAt }: Pick<Release, 'createdAt'>, stage: StageState, hearsSince = new Date(0)): Date {
  const heard = Date.parse(stage.heardAt ?? stage.requestedAt ?? createdAt);
  return new Date(Math.max(heard, hearsSince.getTime()) + patienceMs(stage));
}

/** How long may pass without a word of a stage. */
export function patienceMs(stage: StageState): number {
  return stage.heardAt === undefined ? untakenAfterMs : silenceLimitMs(stage);
}

/**
 * Until when the answer to a cancel is waited for. A deployer may have to go back first, where its host is away: while it
 * says that it does, it is waited for as long as for a rollback. While nothing could be heard, no answer could either.
 */
export function answerDueAt({ kind, heardAt, cancelling }: StageState, hearsSince = new Date(0)): Date | undefined {
  if (!cancelling) return undefined;
  const until = Math.max(Date.parse(cancelling.until), hearsSince.getTime() + graceMs);
  if (kind !== 'deploy' || heardAt === undefined) return new Date(until);
  const limit = until - graceMs + rollbackLimitMs;
  return new Date(Math.min(Math.max(until, Date.parse(heardAt) + graceMs), limit));
}

/** The latest time at which the release must be looked at although nothing was heard. */
export function nextLook(release: Release, now: Date): Date | undefined {
  const times = looks(release, now);
  if (times.length === 0) return undefined;
  // What is overdue already was just looked at: not again at once.
  return new Date(Math.max(now.getTime() + overduePollMs, Math.min(...times.map((time) => time.getTime()))));
}

function looks(release: Release, now: Date): Date[] {
  const rollbacks = rollbacksUnderWay(release).flatMap(({ heardAt, requestedAt }) => [
    inMs(heardAt ?? requestedAt, rollbackPatienceMs),
    inMs(requestedAt, rollbackLimitMs),
  ]);
  if (isTakenBackNow(release) || release.status !== 'running') return rollbacks;
  return [...rollbacks, ...Object.values(release.stages).flatMap((stage) => stageLooks(release, stage, now))];
}

function stageLooks(release: Release, stage: StageState, now: Date): Date[] {
  switch (stage.status) {
    case 'blocked': {
      const expiry = expiresAt(release, stage, stage.blockers, now);
      const lifts = stage.blockers.flatMap((blocker) => (blocker.liftsAt ? [new Date(blocker.liftsAt)] : []));
      // Whatever frees it wakes it at once; the poll is for a free that was lost with its process.
      return [...lifts, ...(expiry ? [expiry] : []), new Date(now.getTime() + blockedPollMs)];
    }
    case 'requested':
    case 'running':
      return [silentAt(release, stage)];
    case 'cancelling':
      return [answerDueAt(stage) ?? new Date(release.createdAt)];
    case 'pending':
    case 'succeeded':
    case 'failed':
    case 'errored':
    case 'cancelled':
    case 'skipped':
      return [];
  }
}

function inMs(from: string, ms: number): Date {
  return new Date(Date.parse(from) + ms);
}
