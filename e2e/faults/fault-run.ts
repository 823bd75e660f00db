import { join } from 'node:path';
import { eventually, seededRandom } from '@signalbox/testing';
import type { Defect } from './defects.js';
import { PromiseBroken } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { noFindings } from './findings.js';
import type { Findings } from './findings.js';
import { Invariants } from './invariants.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import type { Lane } from './load.js';
import { source } from './message-faults.js';
import { PublishedCheck } from './published-check.js';
import { Publishers } from './publishers.js';
import { World } from './world.js';
import type { WorldOptions } from './world.js';
import type { Servers } from './servers.js';

export interface Outcome {
  /** Of several, all names: what was found may be due to any of them. */
  readonly fault: string;
  readonly faults: number;
  readonly findings: Findings;
  /** From healing until a release went a stage further, the longest; undefined when none did in time. */
  readonly recoveryMs: number | undefined;
  /** How long it lasted; of several, the longest. */
  readonly ms: number;
  readonly releases: number;
}

/** Events that are in the log, by who says them. */
export interface EventCounts {
  readonly own: number;
  /** A tool outside, that was answered for them. */
  readonly outside: number;
  /** This harness, in the name of a service. */
  readonly harness: number;
}

/** How long is waited for what must come. */
interface Patience {
  readonly recoverMs: number;
  readonly endMs: number;
  readonly settleMs: number;
  readonly catchUpMs: number;
}

/** A task whose runner has died is nobody's for that long: where processes are built, all releases may have to wait for it. */
const runnerLeaseMs = 15_000;
const usual: Patience = { recoverMs: 15_000, endMs: 90_000, settleMs: 60_000, catchUpMs: 20_000 };
/** This many releases show a defect, if they come at all. */
const defectiveReleases = 8;
/** On a busy machine, and with applications that an earlier defect keeps from going on, little may have happened by the first. */
const mostLooks = 8;
/** With a defect it need not come. */
const short: Patience = { recoverMs: 6_000, endMs: 4_000, settleMs: 3_000, catchUpMs: 1_000 };

/** One cluster under load, on which one fault after the other is tried. */
export class FaultRun {
  private constructor(
    readonly scene: Scene,
    private readonly publishers: Publishers,
    private readonly invariants: Invariants,
  ) {}

  /** Resolves when releases complete. The ledger stays in the options' folder. */
  static async start(
    servers: Servers,
    options: WorldOptions & { readonly eventsPerSecond: number },
    lanes: (world: World) => Promise<Lane[]>,
    seed: number,
  ): Promise<FaultRun> {
    const world = new World(servers, options);
    try {
      await world.start();
      world.demandHeap();
      const run = FaultRun.of(world, options, await lanes(world), seed);
      await run.begin();
      return run;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  private static of(
    world: World,
    options: WorldOptions & { readonly eventsPerSecond: number },
    lanes: readonly Lane[],
    seed: number,
  ): FaultRun {
    const ledger = new Ledger(join(options.folder, `${options.name}-ledger.ndjson`));
    ledger.say({ seed });
    const load = new Load(world, ledger, lanes);
    const publishers = new Publishers(world, options.eventsPerSecond);
    const invariants = new Invariants(world, ledger, new PublishedCheck(world, publishers));
    return new FaultRun({ world, servers: world.servers, load, random: seededRandom(seed) }, publishers, invariants);
  }

  private async begin(): Promise<void> {
    const { load } = this.scene;
    this.start();
    try {
      await eventually(() => load.completed > 0, {
        withinMs: 120_000,
        everyMs: 100,
        what: 'a first release to complete',
      });
      await this.invariants.remember();
    } catch (error) {
      this.invariants.stop();
      await Promise.all([load.stop(), this.publishers.stop()]);
      throw error;
    }
  }

  /** Nothing is looked at any more; what a defect has left behind may never end. */
  async stop(): Promise<void> {
    this.invariants.stop();
    await this.scene.load.pause(short.endMs);
    await Promise.all([this.scene.load.stop(), this.publishers.stop()]);
    await this.scene.world.stop();
  }

  /** Does one after the other, each healed and recovered from before the next; then lets everything come to rest, and looks. */
  async try(faults: readonly Fault[], msOf: (fault: Fault) => number): Promise<Outcome> {
    const { load } = this.scene;
    const findings = noFindings();
    const before = load.completed;
    const recoveries: (number | undefined)[] = [];
    const lengths = faults.map((fault) => msOf(fault));
    for (const [index, fault] of faults.entries())
      recoveries.push(await this.endure(fault, lengths[index] ?? 0, findings));
    await this.look(usual, findings);
    const releases = load.completed - before;
    this.start();
    const known = recoveries.flatMap((ms) => ms ?? []);
    return {
      fault: faults.map(({ name }) => name).join(' + '),
      faults: faults.length,
      findings,
      recoveryMs: known.length < recoveries.length ? undefined : Math.max(...known),
      ms: Math.max(...lengths),
      releases,
    };
  }

  /** What the harness says of a product with this defect. The cluster is mended, but not what the defect has done. */
  async show(defect: Defect): Promise<Findings> {
    const { load } = this.scene;
    const mend = await defect.plant(this.scene);
    const findings = noFindings();
    const isSeen = () => defect.says.test(findings[defect.breaks].violations.join('\n'));
    for (let looks = 0; looks < mostLooks && !isSeen(); looks += 1) {
      this.start();
      const before = load.completed;
      await eventually(() => load.completed >= before + defectiveReleases, {
        withinMs: short.recoverMs,
        what: 'releases',
      }).catch(() => undefined);
      await this.recovery(short.recoverMs, findings);
      await this.look(short, findings);
    }
    await mend();
    this.start();
    return findings;
  }

  get events(): EventCounts {
    const { events } = this.scene.world.log;
    const harness = events.filter((event) => event.source === source).length;
    return { own: events.length - harness, outside: this.publishers.acknowledged, harness };
  }

  private start(): void {
    this.scene.load.start();
    this.publishers.start();
  }

  private async endure(fault: Fault, ms: number, findings: Findings): Promise<number | undefined> {
    findings.own.checked += 1;
    await fault.run(this.scene, ms).catch((error: unknown) => {
      findings.own.violations.push(complaintOf(fault, error));
    });
    await this.scene.servers.heal();
    const builds = this.scene.world.options.executors === 0;
    return this.recovery(usual.recoverMs + (builds ? runnerLeaseMs : 0), findings);
  }

  private async look(patience: Patience, findings: Findings): Promise<void> {
    const { load, world } = this.scene;
    const unended = (await Promise.all([load.pause(patience.endMs), this.publishers.pause(patience.endMs)])).flat();
    findings.I5.violations.push(...(await complaintsOf(world.settled(patience.settleMs))));
    findings.own.violations.push(...(await complaintsOf(this.invariants.check(findings, unended, patience.catchUpMs))));
  }

  private async recovery(withinMs: number, findings: Findings): Promise<number | undefined> {
    const healedAt = performance.now();
    const { load } = this.scene;
    findings.I7.checked += 1;
    try {
      await eventually(() => load.progressedAt > healedAt, { withinMs, everyMs: 50, what: 'a release to go on' });
      return load.progressedAt - healedAt;
    } catch {
      findings.I7.violations.push(`no release went on within ${withinMs / 1000} s`);
      return undefined;
    }
  }
}

function complaintsOf(work: Promise<unknown>): Promise<string[]> {
  return work.then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
}

function complaintOf(fault: Fault, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof PromiseBroken ? text : `${fault.name} could not be done: ${text}`;
}
