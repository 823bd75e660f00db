import type { HostSeen, InstallationStatus, RunnerStatus, ServiceStatus } from '@signalbox/domain';
import { spell } from './output.js';

/** Something that is wrong, and what to do about it: a command, or the page of a runbook. */
export interface Finding {
  /** Of what: `planning`, `runner-1`, `host http://localhost:4610`. */
  subject: string;
  problem: string;
  fix: string;
}

export interface Around {
  /** Of the command line. */
  version: string;
  /** By how much the gateway's clock is ahead of ours. */
  gatewayAheadMs: number;
  now: Date;
}

type Answer = InstallationStatus['services'][number];

const skewMs = 1_000;
const outboxMs = 10_000;
const lagRecords = 1_000;
const overdueLimitMs = 30_000;
const runbook = (alert: string) => `docs/operations/alerts.md#signalbox${alert}`;

/** Everything that is wrong; nothing when the installation is healthy. */
export function diagnose(status: InstallationStatus, around: Around): Finding[] {
  const ofServices = status.services.flatMap((answer) => ofService(answer, around.now));
  const all = status.services.flatMap((answer) => answer.status ?? []);
  const runners = all.flatMap((each) => each.runners ?? []);
  const knowsRunners = all.some((each) => each.runners !== undefined);
  return together([
    ...ofClock('the gateway', around.gatewayAheadMs, 'this machine'),
    ...ofServices,
    ...(knowsRunners ? ofRunners(runners, around.now) : []),
    ...all.flatMap((each) => each.hosts ?? []).flatMap(ofHost),
    ...ofVersions(all, runners, around.version),
  ]);
}

function ofService({ service, url, problem, status, clockAheadMs = 0 }: Answer, now: Date): Finding[] {
  if (!status) {
    const fix = `its log (.signalbox/kafka/logs/${service}.log where npm run cluster runs it), ${runbook('servicedown')}`;
    return [{ subject: service, problem: `does not answer at ${url}: ${problem ?? 'no reason given'}`, fix }];
  }
  return [
    ...ofDatabase(status),
    ...ofBroker(status),
    ...ofEvents(status),
    ...ofLost(status, now),
    ...ofClock(service, clockAheadMs, 'the gateway'),
  ];
}

function ofDatabase({ service: subject, database }: ServiceStatus): Finding[] {
  const { ok, detail, clockAheadMs, missingMigrations = 0, unknownMigrations = 0 } = database;
  if (!ok)
    return [{ subject, problem: `its database does not answer: ${detail ?? ''}`, fix: runbook('dependencydown') }];
  const gap: Finding[] = [];
  if (missingMigrations > 0) {
    const problem = `its database lacks ${missingMigrations} of its migrations`;
    gap.push({ subject, problem, fix: 'the migrate step, docs/operations/upgrade.md' });
  }
  if (unknownMigrations > 0) {
    const problem = `its database has ${unknownMigrations} migrations that it does not know: a newer build has been here`;
    gap.push({ subject, problem, fix: 'start the newer build, docs/operations/upgrade.md' });
  }
  return [...gap, ...ofClock(`the database of ${subject}`, clockAheadMs ?? 0, subject)];
}

function ofBroker({ service: subject, broker }: ServiceStatus): Finding[] {
  if (broker.ok) return [];
  const what = broker.kind === 'kafka' ? 'Kafka' : 'the embedded log';
  const problem = `${what} does not answer: ${broker.detail ?? 'no reason given'}`;
  return [
    { subject, problem, fix: broker.kind === 'kafka' ? 'docs/operations/broker-gone.md' : runbook('dependencydown') },
  ];
}

function ofEvents({ service: subject, events, caughtUp, broker }: ServiceStatus): Finding[] {
  const found: Finding[] = [];
  const { outboxRows, outboxOldestAgeMs, parkedKeys, retryingKeys, overdueMs = 0, lag } = events ?? nothing;
  if (outboxOldestAgeMs > outboxMs) {
    const problem = `${count(outboxRows, 'event')} not sent, the oldest for ${spell(outboxOldestAgeMs)}`;
    found.push({ subject, problem, fix: runbook('outboxnotsent') });
  }
  const isBehind = broker.ok && (!caughtUp || (lag ?? 0) > lagRecords);
  if (isBehind) {
    const problem = `it is behind: ${lag ?? 'an unknown number of'} records not applied yet`;
    found.push({ subject, problem, fix: `wait; if it does not fall, ${runbook('consumerlagnotfalling')}` });
  }
  if (overdueMs > overdueLimitMs) {
    const problem = `what waits for a time is late by ${spell(overdueMs)}`;
    found.push({ subject, problem, fix: runbook('wakeupsoverdue') });
  }
  if (parkedKeys + retryingKeys > 0) {
    const again = retryingKeys > 0 ? `, ${retryingKeys} of them tried again by themselves` : '';
    const problem = `${count(parkedKeys + retryingKeys, 'key')} of events held back${again}`;
    found.push({
      subject,
      problem,
      fix: 'signalbox parked list and show; then parked redrive SERVICE or parked skip SERVICE',
    });
  }
  return found;
}

function ofLost({ service: subject, lost = [] }: ServiceStatus, now: Date): Finding[] {
  return lost.map(({ url, pid, lastSeenAt }) => {
    const silentFor = spell(now.getTime() - Date.parse(lastSeenAt));
    const problem = `process ${pid} at ${url} has said nothing for ${silentFor}: it ended without a word, or hangs`;
    return { subject, problem, fix: `its log; ${runbook('processdown')}` };
  });
}

const nothing = { outboxRows: 0, outboxOldestAgeMs: 0, parkedKeys: 0, retryingKeys: 0, overdueMs: 0, lag: undefined };

function ofRunners(runners: readonly RunnerStatus[], now: Date): Finding[] {
  const found: Finding[] = [];
  if (!runners.some(({ isOnline }) => isOnline)) {
    const problem = 'no runner is online: builds and tests wait';
    found.push({ subject: 'runners', problem, fix: `start one (npm start does), ${runbook('norunner')}` });
  }
  for (const { name, isOnline, running, lastSeenAt } of runners) {
    if (isOnline || running === 0) continue;
    const problem = `silent for ${spell(now.getTime() - Date.parse(lastSeenAt))} and holds ${count(running, 'task')}`;
    found.push({ subject: name, problem, fix: 'its log; what it holds ends by itself and is tried again' });
  }
  return found;
}

function ofHost({ url, ok, detail, clockAheadMs = 0, environments }: HostSeen): Finding[] {
  const subject = `host ${url}`;
  if (!ok) return [{ subject, problem: `does not answer the deployer: ${detail ?? ''}`, fix: runbook('hostdown') }];
  const wrong = environments.flatMap(({ id, generation, onHost, wanted = 0, ready = 0 }): Finding[] => {
    const fix = `signalbox environments --app ${id.split('/')[0] ?? ''}`;
    if (onHost === undefined) return [{ subject, problem: `runs nothing of ${id}`, fix: runbook('targetunreachable') }];
    if (onHost !== generation)
      return [
        {
          subject,
          problem: `${id} is at state ${onHost}, wanted is ${generation}`,
          fix: `wait; ${runbook('targetunreachable')}`,
        },
      ];
    if (ready < wanted)
      return [
        {
          subject,
          problem: `${id} runs ${ready} of ${wanted} processes`,
          fix: `${fix}, ${runbook('replicasmissing')}`,
        },
      ];
    return [];
  });
  return [...wrong, ...ofClock(subject, clockAheadMs, 'deployer')];
}

function ofClock(whose: string, aheadMs: number, than: string): Finding[] {
  if (Math.abs(aheadMs) <= skewMs) return [];
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const problem = `its clock is ${seconds}s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${than}`;
  return [{ subject: whose, problem, fix: runbook('clockskew') }];
}

/** Every process that tells its build; of those that do not know it nothing is said. */
function ofVersions(services: readonly ServiceStatus[], runners: readonly RunnerStatus[], own: string): Finding[] {
  const processes = services.flatMap(({ service, processes: seen = [], version, commit, hosts = [] }) => [
    ...(seen.length > 0 ? seen : [{ version, commit }]).map((build) => ({ who: service, build })),
    ...hosts.flatMap(({ build }) => (build ? [{ who: 'host', build }] : [])),
  ]);
  const told = processes.filter(({ build }) => build.version !== 'unknown');
  const builds = new Map<string, Set<string>>();
  for (const { who, build } of told) put(builds, `${build.version} (${build.commit})`, who);
  const versions = new Map<string, Set<string>>();
  for (const { who, build } of told) put(versions, build.version, who);
  for (const { name, version, isOnline } of runners)
    if (isOnline && version !== 'unknown') put(versions, version, name);
  put(versions, own, 'this command line');
  const found = versions.size > 1 ? versions : builds;
  if (found.size <= 1) return [];
  const all = [...found].map(([version, who]) => `${version}: ${[...who].join(', ')}`).join('; ');
  return [{ subject: 'versions', problem: `differ: ${all}`, fix: 'restart what is older, docs/operations/upgrade.md' }];
}

function put(map: Map<string, Set<string>>, key: string, who: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(who));
}

/** What is wrong in the same way with several is said once. */
function together(findings: readonly Finding[]): Finding[] {
  const byProblem = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.problem}\n${finding.fix}`;
    const same = byProblem.get(key);
    byProblem.set(key, same ? { ...same, subject: `${same.subject}, ${finding.subject}` } : finding);
  }
  return [...byProblem.values()];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
