import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { missingForEarlierBuild } from '../../tools/launch/history-needs.mjs';
import type { FaultedCluster } from './clusters.js';
import type { Defect } from './defects.js';
import { EarlierBuild } from './earlier-build.js';
import type { Fault } from './fault.js';
import { FaultRun } from './fault-run.js';
import type { EventCounts, Outcome } from './fault-run.js';
import { summaryOf, tableOf, violationsOf } from './report.js';
import { RunFolder } from './run-folder.js';
import { Servers } from './servers.js';
import { upgradeFaults } from './upgrade-faults.js';
import { eventsPerSecond, isEachAlone, isFull, minutes, seed, wanted } from './settings.js';

const faultsOfABout = 5;
/** Until everything has come to rest and was looked at. */
const restSeconds = 15;

/** Tries each fault, or for so many minutes any of them, on one cluster after the other; then each planted defect. */
export function faultSuite(clusters: readonly FaultedCluster[]): void {
  const hasHistory = missingForEarlierBuild() === undefined;
  const canBe = (fault: Fault): boolean => hasHistory || !upgradeFaults.includes(fault);
  const tried = clusters
    .map((cluster) => ({ ...cluster, faults: wanted(cluster.faults).filter(canBe), defects: wanted(cluster.defects) }))
    .filter((cluster) => cluster.faults.length + cluster.defects.length > 0);
  if (tried.length === 0) {
    const names = clusters.flatMap(({ faults, defects }) => [...faults, ...defects]).map(({ name }) => name);
    throw new Error(`nothing is named so; there are ${names.join(', ')}`);
  }

  describe(`under faults (FAULTS_SEED=${seed})`, () => {
    const folder = new RunFolder();
    const outcomes: Outcome[] = [];
    const began = performance.now();
    const events: EventCounts[] = [];
    let servers: Servers;
    let earlier: EarlierBuild | undefined;

    beforeAll(async () => {
      const wantIt = tried.filter(({ faults }) => faults.some((fault) => upgradeFaults.includes(fault)));
      const services = new Set(wantIt.flatMap(({ options }) => options.services));
      if (services.size > 0) earlier = await EarlierBuild.of([...services]);
      servers = await Servers.start(folder.path);
    }, 600_000);

    afterAll(async () => {
      await servers?.stop();
      await earlier?.remove();
      const table = `${tableOf(outcomes)}\n${summaryOf(outcomes, events, (performance.now() - began) / 60_000)}`;
      process.stdout.write(`\n${table}\n`);
      folder.end((line) => process.stdout.write(`${line}\n`));
    }, 120_000);

    describe.each(tried)('$what', ({ options, lanes, applications, faults, defects, share }) => {
      let run: FaultRun;

      beforeAll(async () => {
        const world = { ...options, folder: folder.path, eventsPerSecond, earlierBuild: earlier?.path };
        run = await FaultRun.start(servers, world, (each) => lanes(each, applications), seed);
      }, 300_000);

      afterAll(async () => {
        if (run !== undefined) events.push(run.events);
        await run?.stop();
      }, 180_000);

      async function violationsUnder(bout: readonly Fault[], msOf: (fault: Fault) => number): Promise<string[]> {
        const outcome = await run.try(bout, msOf);
        outcomes.push(outcome);
        return violationsOf([outcome]);
      }

      /** First each once, if need be for less long, so that there is time for all; then any of them. */
      async function endure(forMs: number): Promise<string[]> {
        const until = performance.now() + forMs;
        const { random } = run.scene;
        const violations: string[] = [];
        for (let index = 0; performance.now() < until; index += 1) {
          const untried = faults.length - index;
          const fault = faults[untried > 0 ? index : Math.floor(random() * faults.length)] as Fault;
          const { brief, full } = fault.seconds;
          const most = untried > 0 ? Math.min(full, (until - performance.now()) / 1_000 / untried - restSeconds) : full;
          const seconds = brief + random() * Math.max(0, most - brief);
          for (const each of await violationsUnder([fault], () => seconds * 1_000)) violations.push(each);
          process.stdout.write(`${tableOf(outcomes.slice(-1))}\n`);
        }
        return violations;
      }

      if (minutes > 0) {
        const ms = minutes * share * 60_000;
        it(
          `endures faults for ${minutes * share} minutes`,
          folder.holding(async () => expect(await endure(ms)).toEqual([])),
          ms + 600_000,
        );
      } else if (faults.length > 0) {
        const bouts = boutsOf(faults).map((bout) => ({ bout, names: bout.map(({ name }) => name).join(', ') }));
        it.each(bouts)(
          '$names: nothing is lost, doubled, out of order or stuck',
          folder.holding(async ({ bout }: { bout: readonly Fault[] }) => {
            const msOf = ({ seconds }: Fault) => (isFull ? seconds.full : seconds.brief) * 1_000;
            expect(await violationsUnder(bout, msOf)).toEqual([]);
          }, bouts.length),
          600_000,
        );
      }

      if (defects.length > 0) {
        it.each(defects)(
          'with $name, $breaks is seen to be broken',
          folder.holding(async (defect: Defect) => {
            const findings = await run.show(defect);
            expect(findings[defect.breaks].violations.join('\n')).toMatch(defect.says);
          }, defects.length),
          240_000,
        );
      }
    });
  });
}

function boutsOf(faults: readonly Fault[]): Fault[][] {
  const size = isEachAlone ? 1 : faultsOfABout;
  return Array.from({ length: Math.ceil(faults.length / size) }, (_, index) =>
    faults.slice(index * size, (index + 1) * size),
  );
}
