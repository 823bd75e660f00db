import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defects } from '../faults/defects.js';
import { deploymentFaults } from '../faults/deployment-faults.js';
import type { Fault } from '../faults/fault.js';
import { FaultRun } from '../faults/fault-run.js';
import type { Outcome } from '../faults/fault-run.js';
import { noOpLanes, processLanes } from '../faults/lanes.js';
import { messageFaults } from '../faults/message-faults.js';
import { killLoop, processFaults } from '../faults/process-faults.js';
import { summaryOf, tableOf, violationsOf } from '../faults/report.js';
import { serverFaults } from '../faults/server-faults.js';
import { Servers } from '../faults/servers.js';
import { stateFolder } from '../support/installation.js';

const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);
/** `npm run faults` looks after each fault, and with minutes tries them again and again; `npm test` looks after several. */
const isEachAlone = process.env['FAULTS_EVERY'] !== undefined;
const faultsOfABout = 5;
const minutes = Number(process.env['FAULTS_MINUTES'] ?? 0);
/** From a tool outside. */
const eventsPerSecond = minutes > 0 ? 1_500 : 100;
const only = process.env['FAULTS_ONLY']?.split(',');
const wanted = <T extends { name: string }>(list: readonly T[]) =>
  list.filter(({ name }) => only === undefined || only.some((part) => name.includes(part)));
const boutsOf = (faults: readonly Fault[]) =>
  isEachAlone ? faults.map((fault) => [fault]) : chunks(faults, faultsOfABout);

const services = ['gateway', 'planning', 'build-coordinator', 'test-orchestrator', 'deployer', 'monitor', 'feedback'];
const none = 'build-coordinator=0,test-orchestrator=0,deployer=0,monitor=0,runner=0';
const clusters = [
  {
    what: 'a cluster whose stages are done by executors that do nothing',
    options: {
      name: 'no-op',
      replicas: `gateway=2,planning=2,feedback=2,${none}`,
      services: ['gateway', 'planning', 'feedback'],
      executors: 2,
    },
    lanes: noOpLanes,
    applications: isEachAlone ? 8 : 4,
    faults: wanted([...processFaults, ...serverFaults, ...messageFaults]),
    defects: minutes > 0 ? [] : wanted(defects),
    /** Of a long run's time. */
    share: 0.7,
  },
  {
    what: 'a cluster that releases processes',
    options: { name: 'whole', replicas: '2', services, executors: 0 },
    lanes: processLanes,
    applications: 2,
    // Its start alone costs a minute; the journeys of restarts.e2e.ts kill the same processes.
    faults: isEachAlone ? wanted([...deploymentFaults, killLoop]) : [],
    defects: [],
    share: 0.3,
  },
].filter((cluster) => cluster.faults.length + cluster.defects.length > 0);
if (clusters.length === 0) {
  const names = [processFaults, serverFaults, messageFaults, deploymentFaults, defects].flat().map(({ name }) => name);
  throw new Error(`nothing is named ${only?.join(', ')}; there are ${names.join(', ')}`);
}

describe(`under faults (FAULTS_SEED=${seed})`, () => {
  const folder = stateFolder();
  const outcomes: Outcome[] = [];
  const began = performance.now();
  let events = 0;
  let servers: Servers;

  beforeAll(async () => {
    servers = await Servers.start(folder);
  }, 120_000);

  afterAll(async () => {
    await servers.stop();
    const table = `${tableOf(outcomes)}\n${summaryOf(outcomes, events, (performance.now() - began) / 60_000)}`;
    process.stdout.write(`\n${table}\n`);
    if (violationsOf(outcomes).length > 0) process.stdout.write(`ledgers and logs: ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  describe.each(clusters)('$what', ({ options, lanes, applications, faults, defects: planted, share }) => {
    let run: FaultRun;

    beforeAll(async () => {
      const world = { ...options, folder, eventsPerSecond };
      run = await FaultRun.start(servers, world, (each) => lanes(each, applications), seed);
    }, 300_000);

    afterAll(async () => {
      events += run.events;
      await run.stop();
    }, 180_000);

    async function violationsUnder(bout: readonly Fault[], msOf: (fault: Fault) => number): Promise<string[]> {
      const outcome = await run.try(bout, msOf);
      outcomes.push(outcome);
      return violationsOf([outcome]);
    }

    async function endure(forMs: number): Promise<string[]> {
      const until = performance.now() + forMs;
      const { random } = run.scene;
      const violations: string[] = [];
      for (let index = 0; performance.now() < until; index += 1) {
        const fault = faults[index < faults.length ? index : Math.floor(random() * faults.length)] as Fault;
        const { brief, full } = fault.seconds;
        violations.push(...(await violationsUnder([fault], () => (brief + random() * (full - brief)) * 1_000)));
        process.stdout.write(`${tableOf(outcomes.slice(-1))}\n`);
      }
      return violations;
    }

    if (minutes > 0) {
      const ms = minutes * share * 60_000;
      it(
        `endures faults for ${minutes * share} minutes`,
        async () => {
          expect(await endure(ms)).toEqual([]);
        },
        ms + 600_000,
      );
    } else if (faults.length > 0) {
      it.each(boutsOf(faults).map((bout) => ({ bout, names: bout.map(({ name }) => name).join(', ') })))(
        '$names: nothing is lost, doubled, out of order or stuck',
        async ({ bout }) => {
          expect(await violationsUnder(bout, ({ seconds }) => seconds.brief * 1_000)).toEqual([]);
        },
        600_000,
      );
    }

    if (planted.length > 0) {
      it.each(planted)(
        'with $name, $breaks is seen to be broken',
        async (defect) => {
          const findings = await run.show(defect);
          expect(findings[defect.breaks].violations.join('\n')).toMatch(defect.says);
        },
        120_000,
      );
    }
  });
});

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
