import { route } from '../client.js';
import type { Blocker } from '@signalbox/domain';
import { spell } from '../output.js';
import { findRelease } from '../release.js';
import type { CommandContext } from './context.js';

export interface WhyBody {
  release: string;
  state: 'moving' | 'blocked' | 'ended';
  stage?: string;
  since?: string;
  blockers: Blocker[];
  ended?: { status: string; cause: string; did: string; next: string };
}

/** Exit code 0 while it moves, 1 when it is blocked. */
export async function explain({ client, output }: CommandContext, name: string): Promise<void> {
  const { id } = await findRelease(client, name);
  const why = await client.get<WhyBody>(route`/v1/releases/${id}/blockers`);
  output.result(why, whyLines(why, new Date()));
  if (why.state === 'blocked') process.exitCode = 1;
}

export function whyLines(why: WhyBody, now: Date): string[] {
  if (why.ended) {
    const { status, cause, did, next } = why.ended;
    return [`${why.release} ${status}`, `  cause  ${cause}`, `  did    ${did}`, `  next   ${next}`];
  }
  if (why.state === 'moving') return [`${why.release} is moving`];
  const since = why.since ? ` ${spell(now.getTime() - Date.parse(why.since))}` : '';
  const head = `${why.release} blocked${since} at ${(why.stage ?? '').replace('-', ' ')}`;
  return [head, ...why.blockers.flatMap((blocker) => blockerLines(blocker, now))];
}

/** What lifts a blocker that no clock lifts. */
const liftedBy: Readonly<Record<string, string>> = {
  analysis_inconclusive: 'with traffic',
  analysis_silent: 'when the monitor judges again',
  environment_busy: 'when that has ended',
  executor_silent: 'when its service is heard',
  events_parked: 'when they are redriven or skipped',
  gates_unknown: 'when planning is heard again',
  manual_gate: 'when promoted',
  no_runner: 'with a runner',
  phase_busy: 'when it may go there',
  quarantined: 'when allowed',
  secret_missing: 'when it is set',
};

function untilThen(at: string, now: Date): string {
  return spell(Math.max(0, Date.parse(at) - now.getTime()));
}

function blockerLines({ code, detail, liftsAt, who, command }: Blocker, now: Date): string[] {
  const expiry = /; expires at (\S+)$/.exec(detail)?.[1];
  const lifts = liftsAt
    ? `in ${untilThen(liftsAt, now)}`
    : `${liftedBy[code] ?? 'never'}${expiry ? `; expires in ${untilThen(expiry, now)}` : ''}`;
  return [
    `  ${code}  ${expiry ? detail.slice(0, detail.lastIndexOf('; expires at')) : detail}`,
    `    lifts  ${lifts}`,
    ...(who ? [`    who    ${who}`] : []),
    ...(command ? [`    do     ${command}`] : []),
  ];
}
