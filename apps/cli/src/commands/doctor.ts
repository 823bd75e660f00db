import { clockAheadMs } from '@signalbox/domain';
import type { InstallationStatus } from '@signalbox/domain';
import type { Command } from 'commander';
import { Client } from '../client.js';
import { startFix } from '../cli-file.js';
import type { CliConfig } from '../config.js';
import { diagnose } from '../diagnosis.js';
import type { Finding } from '../diagnosis.js';
import { Failure } from '../failure.js';
import type { ExitCode } from '../failure.js';
import { spell, table } from '../output.js';
import { contextOf } from './context.js';

interface ReadyBody {
  checks: Record<string, { ok: boolean; detail?: string }>;
}

/** Whoever asks what is wrong does not wait for it to pass. */
const impatient = { unreachableMs: 0, unavailableMs: 0, answerMs: 6_000 };
const readyMs = 3_000;

export function addDoctorCommand(program: Command, config: CliConfig): void {
  program
    .command('doctor')
    .description('what is wrong, and what to do about it; exit code 1 when there is something')
    .action(async (_options, command: Command) => {
      const { client, output } = contextOf(command, config);
      const examined = await examine(new Client(client.access, impatient), program.version() ?? 'unknown');
      const { findings, status, now, exitCode = 1 } = examined;
      const said = findings.flatMap(({ subject, problem, fix }) => [`${subject}: ${problem}`, `  fix: ${fix}`]);
      const seen = status ? [...overview(status, now), ''] : [];
      output.result({ findings, status }, [...seen, ...(said.length > 0 ? said : ['nothing is wrong'])]);
      if (findings.length > 0) process.exitCode = exitCode;
    });
}

interface Examined {
  findings: Finding[];
  /** Undefined: the gateway cannot tell. */
  status?: InstallationStatus;
  now: Date;
  /** Where something is wrong; by default 1. */
  exitCode?: ExitCode;
}

export async function examine(client: Client, version: string): Promise<Examined> {
  const askedAt = Date.now();
  try {
    const status = await client.get<InstallationStatus>('/v1/status');
    const now = new Date();
    const gatewayAheadMs = clockAheadMs(Date.parse(status.now), askedAt, now.getTime());
    return { status, now, findings: diagnose(status, { version, gatewayAheadMs, now }) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.exitCode === 4) return { now: new Date(), findings: [ofKey(error)], exitCode: 4 };
    return { now: new Date(), findings: await gatewayOnly(client, error) };
  }
}

/** Whoever may not ask is told nothing of the services. */
function ofKey({ message, details }: Failure): Finding {
  return { subject: 'your key', problem: message, fix: details.fix ?? 'ask an admin for another' };
}

/** The gateway cannot tell who asks without its database; how it stands itself it tells everybody. */
async function gatewayOnly({ access }: Client, failure: Failure): Promise<Finding[]> {
  const subject = 'gateway';
  const ready = await fetch(`${access.url}/health/ready`, { signal: AbortSignal.timeout(readyMs) })
    .then(async (answer) => (await answer.json()) as ReadyBody)
    .catch(() => undefined);
  if (!ready) {
    const fix = `${startFix(access.start)}; if it runs, its log and docs/operations/alerts.md#signalboxservicedown`;
    const problem = `${access.url} does not answer: nothing else can be asked`;
    return [{ subject, problem, fix }];
  }
  const bad = Object.entries(ready.checks).filter(([, { ok }]) => !ok);
  const findings = bad.map(([name, { detail = 'not yet' }]) => ({
    subject,
    problem: `${name}: ${detail}`,
    fix: `docs/operations/${name === 'broker' ? 'broker-gone.md' : 'alerts.md#signalboxdependencydown'}`,
  }));
  const again = 'signalbox doctor again; if it stays so, the log of the gateway';
  // Of silence the fix is to ask the doctor.
  const fix = failure.exitCode === 3 ? again : (failure.details.fix ?? again);
  const others = { subject, problem: `it cannot say how the services stand: ${failure.message}`, fix };
  return [...findings, others];
}

function overview({ services }: InstallationStatus, now: Date): string[] {
  const rows = services.map(({ service, status, problem }) => {
    if (!status) return [service, 'down', '', '', '', '', problem ?? ''];
    const { version, commit, processes = [], database, broker, events } = status;
    const isUp = ({ ok }: { ok: boolean }) => (ok ? 'up' : 'DOWN');
    return [
      service,
      `${version} (${commit})`,
      String(processes.length || '?'),
      `${isUp(database)}${database.version ? ` ${database.version.split(' ')[0] ?? ''}` : ''}`,
      `${isUp(broker)} ${broker.kind}`,
      String(events?.lag ?? '?'),
      events ? `${events.outboxRows}${events.outboxRows > 0 ? ` ${spell(events.outboxOldestAgeMs)}` : ''}` : '?',
      events ? String(events.parkedKeys + events.retryingKeys) : '?',
    ];
  });
  const all = services.flatMap(({ status }) => status ?? []);
  const several = all.filter(({ processes = [] }) => processes.length > 1);
  const processes = several.flatMap(({ service, processes: seen = [] }) =>
    seen.map(({ url, pid, startedAt }) => [
      service,
      url,
      `process ${pid}`,
      `for ${spell(now.getTime() - Date.parse(startedAt))}`,
    ]),
  );
  const runners = all
    .flatMap((each) => each.runners ?? [])
    .map(({ name, isOnline, running, lastSeenAt, labels }) => {
      const does = running > 0 ? `busy with ${running}` : 'idle';
      const silent = `silent for ${spell(now.getTime() - Date.parse(lastSeenAt))}`;
      return [name, isOnline ? does : silent, labels.join(' ')];
    });
  const hosts = all
    .flatMap((each) => each.hosts ?? [])
    .map(({ url, ok, environments }) => {
      const sum = (of: 'wanted' | 'ready') => environments.reduce((total, each) => total + (each[of] ?? 0), 0);
      const runs = `${environments.length} environments, ${sum('ready')} of ${sum('wanted')} processes`;
      return [`host ${url}`, ok ? runs : 'down'];
    });
  const head = ['service', 'build', 'processes', 'database', 'broker', 'lag', 'outbox', 'parked'];
  return [...table([head, ...rows]), ...table(processes), ...table(runners), ...table(hosts)];
}
