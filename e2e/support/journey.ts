import { randomUUID } from 'node:crypto';
import { eventually, ToldAnswers } from '@signalbox/testing';
import { signalbox, signalboxJson } from './cli.js';
import type { Installation } from './installation.js';

export interface StageSeen {
  key: string;
  kind: string;
  status: string;
  attempt: number;
  summary?: string;
  reason?: string;
  detail?: string;
  blockers: { code: string; detail: string }[];
  outputs?: { rollback?: { exposed: boolean }; verdict?: string };
}

export interface ReleaseSeen {
  id: string;
  version: string;
  status: string;
  planHash: string;
  stages: StageSeen[];
  cause?: { code: string; detail: string; stage?: string };
}

/** One application's way through an installation, in the words of the command line. */
export class Journey {
  private readonly told = new ToldAnswers();

  constructor(
    readonly installation: Installation,
    readonly directory: string,
    readonly application: string,
  ) {}

  async register(): Promise<void> {
    const { code, stderr, stdout } = await signalbox(this.installation, ['-C', this.directory, 'app', 'register']);
    if (code !== 0) throw new Error(`app register: ${stdout}${stderr}`);
  }

  release(...more: string[]): Promise<ReleaseSeen> {
    return signalboxJson<ReleaseSeen>(this.installation, ['-C', this.directory, 'release', 'create', ...more]);
  }

  see(release: { id: string }): Promise<ReleaseSeen> {
    return signalboxJson<ReleaseSeen>(this.installation, ['release', 'get', release.id]);
  }

  /** Asks again until a fact holds of the release; when it does not come to hold, tells where the release stands. */
  async until(
    release: { id: string },
    what: string,
    holds: (seen: ReleaseSeen) => boolean,
    withinMs = 60_000,
  ): Promise<ReleaseSeen> {
    let last: ReleaseSeen | undefined;
    try {
      return await eventually(
        async () => {
          last = await this.api<ReleaseSeen>('GET', `/v1/releases/${release.id}`);
          return holds(last) && last;
        },
        { withinMs, everyMs: 100, what: `${this.application}: ${what}` },
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}; it stands at ${standing(last)}`, { cause: error });
    }
  }

  ended(release: { id: string }, withinMs = 120_000): Promise<ReleaseSeen> {
    return this.until(
      release,
      'the release to end',
      ({ status }) => !['draft', 'planned', 'running'].includes(status),
      withinMs,
    );
  }

  /** First installation, so that what comes next has a baseline. */
  async install(): Promise<ReleaseSeen> {
    const ended = await this.ended(await this.release());
    if (ended.status !== 'completed')
      throw new Error(`the installation ${ended.status}: ${JSON.stringify(ended.cause)}`);
    return ended;
  }

  async url(environment = 'production'): Promise<string> {
    const path = `/v1/environments/${this.application}/${environment}`;
    const { url } = await eventually(() => this.api<{ url: string }>('GET', path), { withinMs: 30_000, what: path });
    return url;
  }

  /** Rides out a gateway that is being restarted; what is asked twice happens once. */
  async api<T>(method: string, path: string, body?: unknown, key = this.installation.adminKey): Promise<T> {
    const init = {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const answer = await eventually(
      async () => {
        const given = await fetch(this.installation.url + path, init).catch(() => undefined);
        const isAnswer = given && ![502, 503].includes(given.status) && !(await isStillRunning(given.clone()));
        return isAnswer && given;
      },
      { withinMs: 30_000, what: `${method} ${path} to be answered` },
    );
    await this.told.check(this.installation.url, method, path, answer);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }
}

/** The same request is at work since before the gateway went away. */
async function isStillRunning(answer: Response): Promise<boolean> {
  return answer.status === 409 && ((await answer.json()) as { code?: string }).code === 'still_running';
}

export function stageOf(release: ReleaseSeen, key: string): StageSeen {
  const found = release.stages.find((stage) => stage.key === key);
  if (!found) throw new Error(`no stage ${key} in ${release.stages.map((stage) => stage.key).join(', ')}`);
  return found;
}

function standing(release: ReleaseSeen | undefined): string {
  if (!release) return 'nothing that was answered';
  const stages = release.stages.map(({ key, status, attempt, summary, detail, blockers }) =>
    JSON.stringify({ key, status, attempt, summary, detail, blockers }),
  );
  return [`${release.version} ${release.status}`, ...stages].join('\n');
}

export function isCanaryAt(release: ReleaseSeen, weight: number): boolean {
  const stage = stageOf(release, 'deploy-production');
  return stage.status === 'running' && (stage.summary ?? '').startsWith(`${weight} %`);
}
