import { Failure } from './failure.js';
import { nameOf } from './release.js';
import type { ReleaseBody, StageBody } from './release.js';

/** A suite that waits for a tool outside. */
export interface AwaitedSuite {
  stage: StageBody;
  /** Undefined where the blocker does not say. */
  suite: string | undefined;
}
export interface Asked {
  source: string;
  suite?: string;
  env?: string;
}

/**
 * The suite that a source outside has to report.
 * @throws Failure where none waits for it, and where several do of which none is named
 */
export function awaitedSuite(release: ReleaseBody, { source, suite, env }: Asked): AwaitedSuite {
  const mine = awaitedOf(release, source).filter(
    (each) =>
      (env === undefined || each.stage.environment === env) &&
      (suite === undefined || each.suite === undefined || each.suite === suite),
  );
  const [found] = mine;
  if (!found) {
    const what = suite === undefined ? 'no suite' : `no suite ${suite}`;
    throw new Failure(1, `${what} of ${nameOf(release)} waits for ${source}${env === undefined ? '' : ` in ${env}`}`, {
      lines: awaitedOf(release).map(({ stage, detail }) => `  ${stage.environment}: ${detail}`),
      fix: `release why ${nameOf(release)}`,
    });
  }
  const environments = [...new Set(mine.map(({ stage }) => stage.environment))];
  if (environments.length > 1)
    throw new Failure(2, `suites of ${nameOf(release)} wait for ${source} in ${environments.join(', ')}`, {
      fix: `--env ${environments[0]}, or another of them`,
    });
  if (mine.length > 1)
    throw new Failure(2, `${source} has to report ${mine.map((each) => each.suite).join(', ')} in ${environments[0]}`, {
      fix: `--suite ${found.suite}, or another of them`,
    });
  return found;
}

/** What was done before its stage began is not of it, and the clock of this machine may be behind that of the services. */
export function doneAt({ startedAt }: StageBody, now: Date): string {
  return new Date(Math.max(now.getTime(), Date.parse(startedAt ?? now.toISOString()))).toISOString();
}

function awaitedOf({ stages }: ReleaseBody, source?: string): (AwaitedSuite & { detail: string })[] {
  return stages
    .filter(({ kind, status }) => kind === 'test' && status === 'running')
    .flatMap((stage) =>
      stage.blockers
        .filter(({ code, who }) => code === 'event_awaited' && (source === undefined || who === source))
        .map(({ detail }) => ({ stage, detail, suite: / suite (\S+)$/.exec(detail)?.[1] })),
    );
}
