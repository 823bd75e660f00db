import { inTime } from '@signalbox/chassis';
import type { StatusReport } from '@signalbox/chassis';
import { clockAheadMs } from '@signalbox/domain';
import type { InstallationStatus, ServiceStatus } from '@signalbox/domain';
import { request } from 'undici';

export interface Installation {
  readonly own: StatusReport;
  readonly upstreams: Readonly<Record<string, string>>;
}

type Answer = InstallationStatus['services'][number];

/** A service answers within two seconds, whatever is wrong with what it stands on. */
const withinMs = 3_500;

/** Asks every service at once; one that does not answer is in the list with the reason. */
export async function gather({ own, upstreams }: Installation): Promise<InstallationStatus> {
  const answers = await Promise.all([
    own.read().then((status): Answer => ({ service: 'gateway', url: '', status, clockAheadMs: 0 })),
    ...Object.entries(upstreams).map(([service, url]) => ask(service, url)),
  ]);
  return { now: new Date().toISOString(), services: answers };
}

async function ask(service: string, url: string): Promise<Answer> {
  const before = Date.now();
  try {
    const { statusCode, answer } = await inTime(withinMs, (signal) => read(`${url}/status`, signal));
    if (statusCode !== 200) return { service, url, problem: `it answers ${statusCode}` };
    const status = JSON.parse(answer) as ServiceStatus;
    return { service, url, status, clockAheadMs: clockAheadMs(Date.parse(status.now), before, Date.now()) };
  } catch (error) {
    return { service, url, problem: reasonOf(error) };
  }
}

async function read(url: string, signal: AbortSignal): Promise<{ statusCode: number; answer: string }> {
  const { statusCode, body } = await request(url, { signal });
  return { statusCode, answer: await body.text() };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
