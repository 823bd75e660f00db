import { eventually } from '@signalbox/testing';
import { dieAt } from './crash-points.js';
import { afterCall, afterIntent, beforeObservation } from './deployer-points.js';
import { lasting, promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { kill } from './processes.js';

const respawnWithinMs = 5_000;
const leasedWithinMs = 30_000;
/** Its lease of 15 s, and as long as a sweep may take. */
const takenOverWithinMs = 20_000;
const anotherWithinMs = 20_000;
const times = 3;

/** One of several; the others are there while production shifts. */
const midShift: Fault = {
  name: 'deployer dies between call and commit',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    const urls = await productionUrls(scene.world);
    promise(urls.length > 0, 'nothing is released to production yet');
    const users = new Users(urls);
    let refused: string[] = [];
    try {
      for (let time = 0; time < times; time += 1) {
        await eventually(() => scene.world.replicas('deployer').length > 1, {
          withinMs: anotherWithinMs,
          what: 'two processes of deployer',
        });
        await dieAt(scene, afterCall, 'deployer');
      }
    } finally {
      refused = await users.leave();
    }
    promise(refused.length === 0, `of users' requests ${refused.length} failed: ${refused[0]}`);
  },
};

const deployerDies: Fault = {
  name: 'deployer dies around its intent',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    for (const point of [afterIntent, beforeObservation]) await dieAt(scene, point, 'deployer');
  },
};

const hostDies: Fault = {
  name: 'host dies',
  seconds: { brief: 1, full: 1 },
  async run({ world }) {
    const urls = await productionUrls(world);
    promise(urls.length > 0, 'nothing is released to production yet');
    const [pid] = world.replicas('host');
    if (pid !== undefined) await kill(pid);
    await Promise.all(
      urls.map((url) =>
        eventually(async () => (await fetch(url)).ok, {
          withinMs: respawnWithinMs,
          everyMs: 50,
          what: `${url} to answer again`,
        }),
      ),
    );
  },
};

/** Nobody else may have its tasks before their leases end; then somebody must. */
const runnerDies: Fault = {
  name: 'runner dies while it builds',
  seconds: { brief: 1, full: 1 },
  async run({ world }) {
    const coordinator = world.database('build-coordinator');
    const leases = async () => {
      const rows = await coordinator.query<{ lease: string }>(
        `SELECT id || ' since ' || (state->'lease'->>'startedAt') AS lease FROM task WHERE status = 'running'`,
      );
      return rows.map(({ lease }) => lease);
    };
    const held = await eventually(
      async () => {
        const found = await leases();
        return found.length > 0 && found;
      },
      { withinMs: leasedWithinMs, what: 'a task to be leased' },
    );
    await Promise.all(world.replicas('runner').map((pid) => kill(pid)));
    await eventually(async () => (await leases()).every((lease) => !held.includes(lease)), {
      withinMs: takenOverWithinMs,
      what: 'the tasks of a runner that died to be taken from it',
    });
  },
};

/** Asks production all the time. */
class Users {
  private readonly refused: string[] = [];
  private hasLeft = false;
  private readonly asking: Promise<unknown>;

  constructor(urls: readonly string[]) {
    this.asking = Promise.all(urls.map((url) => this.ask(url)));
  }

  /** @returns what was wrong with each request that failed */
  async leave(): Promise<string[]> {
    this.hasLeft = true;
    await this.asking;
    return this.refused;
  }

  private async ask(url: string): Promise<void> {
    while (!this.hasLeft) {
      const told = await fetch(url).then(
        ({ ok, status }) => (ok ? undefined : String(status)),
        (error: unknown) => describe(error),
      );
      if (told !== undefined) this.refused.push(`${url}: ${told}`);
      await lasting(50);
    }
  }
}

/** undici says why beneath. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

async function productionUrls(world: Scene['world']): Promise<string[]> {
  const rows = await world
    .database('deployer')
    .query<{ url: string | null }>(
      "SELECT state->>'url' AS url FROM environment WHERE environment = 'production' AND state->'current' IS NOT NULL",
    );
  return rows.flatMap(({ url }) => url ?? []);
}

export const deploymentFaults: readonly Fault[] = [midShift, deployerDies, hostDies, runnerDies];
