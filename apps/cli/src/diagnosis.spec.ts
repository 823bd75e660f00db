import { describe, expect, it } from '@jest/globals';
import type { HostSeen, InstallationStatus, RunnerStatus, ServiceStatus } from '@signalbox/domain';
import { CliConfig } from './config.js';
import { diagnose } from './diagnosis.js';
import { createProgram } from './program.js';

const now = new Date('2026-11-26T10:00:00Z');
const around = { version: '1.0.0', gatewayAheadMs: 0, now };
const build = { version: '1.0.0', commit: 'abc' };
const quiet = { outboxRows: 0, outboxOldestAgeMs: 0, parkedKeys: 0, retryingKeys: 0, lag: 0 };

const aService = (service: string, more: Partial<ServiceStatus> = {}): ServiceStatus => ({
  ...build,
  service,
  now: now.toISOString(),
  database: { ok: true, version: '18.4', clockAheadMs: 3, missingMigrations: 0, unknownMigrations: 0 },
  broker: { ok: true, kind: 'kafka' },
  caughtUp: true,
  events: quiet,
  processes: [{ ...build, url: 'http://127.0.0.1:4601', pid: 1, startedAt: now.toISOString() }],
  ...more,
});
const aRunner = (more: Partial<RunnerStatus> = {}): RunnerStatus => ({
  name: 'runner-1',
  labels: [],
  lastSeenAt: now.toISOString(),
  isOnline: true,
  running: 0,
  version: '1.0.0',
  ...more,
});
const aHost = (more: Partial<HostSeen> = {}): HostSeen => ({
  url: 'http://h:4610',
  ok: true,
  build,
  clockAheadMs: 0,
  environments: [{ id: 'shop/staging', generation: 4, onHost: 4, wanted: 2, ready: 2 }],
  ...more,
});
const installation = (...services: ServiceStatus[]): InstallationStatus => ({
  now: now.toISOString(),
  services: services.map((status) => ({ service: status.service, url: `http://${status.service}`, status })),
});
const problems = (status: InstallationStatus, more: Partial<typeof around> = {}) =>
  diagnose(status, { ...around, ...more }).map(({ subject, problem }) => `${subject}: ${problem}`);

const healthy = installation(
  aService('gateway'),
  aService('planning'),
  aService('build-coordinator', { runners: [aRunner(), aRunner({ name: 'runner-2', isOnline: false })] }),
  aService('deployer', { hosts: [aHost()] }),
);

it('finds nothing wrong with a healthy installation, and nothing with a runner that has gone for good', () => {
  expect(diagnose(healthy, around)).toEqual([]);
});

it('every finding says what to do', () => {
  const status: InstallationStatus = {
    ...healthy,
    services: [...healthy.services, { service: 'monitor', url: 'http://m', problem: 'connect ECONNREFUSED' }],
  };
  expect(diagnose(status, around)).toEqual([
    {
      subject: 'monitor',
      problem: 'does not answer at http://m: connect ECONNREFUSED',
      fix: expect.stringMatching(/logs\/monitor\.log .*docs\/operations\/alerts\.md#signalboxservicedown$/),
    },
  ]);
});

describe('finds of a service', () => {
  const database = aService('x').database;
  it.each<[Partial<ServiceStatus>, string]>([
    [{ database: { ok: false, detail: 'ECONNREFUSED' } }, 'planning: its database does not answer: ECONNREFUSED'],
    [{ database: { ...database, missingMigrations: 2 } }, 'planning: its database lacks 2 of its migrations'],
    [
      { database: { ...database, unknownMigrations: 1 } },
      'planning: its database has 1 migrations that it does not know: a newer build has been here',
    ],
    [
      { database: { ...database, clockAheadMs: -2_500 } },
      'the database of planning: its clock is 2.5s behind that of planning',
    ],
    [
      { broker: { ok: false, kind: 'kafka', detail: 'no answer in 2s' } },
      'planning: Kafka does not answer: no answer in 2s',
    ],
    [{ broker: { ok: false, kind: 'embedded', detail: 'gone' } }, 'planning: the embedded log does not answer: gone'],
    [{ events: { ...quiet, lag: 4_000 } }, 'planning: it is behind: 4000 records not applied yet'],
    [{ caughtUp: false, events: { ...quiet, lag: 7 } }, 'planning: it is behind: 7 records not applied yet'],
    [
      { events: { ...quiet, outboxRows: 1, outboxOldestAgeMs: 61_000 } },
      'planning: 1 event not sent, the oldest for 1m1s',
    ],
    [{ events: { ...quiet, parkedKeys: 2 } }, 'planning: 2 keys of events held back'],
    [{ events: { ...quiet, overdueMs: 61_000 } }, 'planning: what waits for a time is late by 1m1s'],
    [
      { lost: [{ ...build, url: 'http://p:4612', pid: 7, startedAt: '', lastSeenAt: '2026-11-26T09:58:00Z' }] },
      'planning: process 7 at http://p:4612 has said nothing for 2m: it ended without a word, or hangs',
    ],
    [
      { events: { ...quiet, retryingKeys: 1 } },
      'planning: 1 key of events held back, 1 of them tried again by themselves',
    ],
  ])('%o', (more, problem) => {
    expect(problems(installation(aService('planning', more)))).toEqual([problem]);
  });

  it('what several suffer alike is said once', () => {
    const down = { database: { ok: false, detail: 'ECONNREFUSED' } };
    expect(problems(installation(aService('planning', down), aService('monitor', down)))).toEqual([
      'planning, monitor: its database does not answer: ECONNREFUSED',
    ]);
  });
});

describe('finds of runners and hosts', () => {
  const withRunners = (...runners: RunnerStatus[]) => installation(aService('build-coordinator', { runners }));
  const withHost = (host: Partial<HostSeen>) => installation(aService('deployer', { hosts: [aHost(host)] }));
  const place = { id: 'shop/staging', generation: 4 };

  it('that no runner is online, and one that is silent with work in its hands', () => {
    const lastSeenAt = '2026-11-26T09:58:00Z';
    expect(problems(withRunners(aRunner({ isOnline: false, running: 1, lastSeenAt })))).toEqual([
      'runners: no runner is online: builds and tests wait',
      'runner-1: silent for 2m and holds 1 task',
    ]);
  });

  it.each<[Partial<HostSeen>, string]>([
    [{ ok: false, detail: 'ECONNREFUSED', environments: [] }, 'does not answer the deployer: ECONNREFUSED'],
    [{ environments: [place] }, 'runs nothing of shop/staging'],
    [{ environments: [{ ...place, onHost: 3, wanted: 1, ready: 1 }] }, 'shop/staging is at state 3, wanted is 4'],
    [{ environments: [{ ...place, onHost: 4, wanted: 3, ready: 1 }] }, 'shop/staging runs 1 of 3 processes'],
    [{ clockAheadMs: 4_000 }, 'its clock is 4.0s ahead of that of deployer'],
  ])('%o', (host, problem) => {
    expect(problems(withHost(host))).toEqual([`host http://h:4610: ${problem}`]);
  });
});

it('names only commands that there are', () => {
  const lacking = aHost({ environments: [{ id: 'shop/staging', generation: 4, onHost: 4, wanted: 3, ready: 1 }] });
  const status = installation(
    aService('planning', { events: { ...quiet, parkedKeys: 2 } }),
    aService('deployer', { hosts: [lacking] }),
  );
  const program = createProgram(new CliConfig({}, '/nowhere'), '1.0.0');
  const named = diagnose(status, around).flatMap(({ fix }) =>
    [...fix.matchAll(/signalbox (\w+)/g)].map(([, name]) => name),
  );
  expect(named).toEqual(['parked', 'environments']);
  expect(program.commands.map((command) => command.name())).toEqual(expect.arrayContaining(named));
});

describe('finds of versions and clocks', () => {
  const old = { version: '0.9.0', commit: 'old', url: 'http://127.0.0.1:4612', pid: 2, startedAt: '' };

  it('a process, a runner or a command line of another version', () => {
    const [seen] = aService('x').processes ?? [];
    const mixed = installation(aService('planning', { processes: seen ? [seen, old] : [] }));
    expect(problems(mixed)).toEqual(['versions: differ: 1.0.0: planning, this command line; 0.9.0: planning']);
    expect(problems(healthy, { version: '2.0.0' })).toEqual([
      'versions: differ: 1.0.0: gateway, planning, build-coordinator, deployer, host, runner-1; 2.0.0: this command line',
    ]);
  });

  it('another build of the same version', () => {
    const processes = [{ ...old, version: '1.0.0' }];
    expect(problems(installation(aService('gateway'), aService('planning', { processes })))).toEqual([
      'versions: differ: 1.0.0 (abc): gateway; 1.0.0 (old): planning',
    ]);
  });

  it('nothing of processes that do not know their build', () => {
    const processes = [{ ...old, version: 'unknown', commit: 'unknown' }];
    expect(problems(installation(aService('gateway'), aService('planning', { processes })))).toEqual([]);
  });

  it('clocks that differ by more than a second', () => {
    const [answer] = installation(aService('planning')).services;
    const status = { now: now.toISOString(), services: answer ? [{ ...answer, clockAheadMs: 1_500 }] : [] };
    expect(problems(status, { gatewayAheadMs: -90_000 })).toEqual([
      'the gateway: its clock is 90.0s behind that of this machine',
      'planning: its clock is 1.5s ahead of that of the gateway',
    ]);
  });
});
