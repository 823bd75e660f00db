import { randomUUID } from 'node:crypto';
import { eventually } from '@signalbox/testing';
import { TestRepository } from '../support/repository.js';
import { Shop } from '../support/shop.js';
import type { Lane } from './load.js';
import type { World } from './world.js';

const manifestOf = (name: string) =>
  `apiVersion: signalbox/v1\nname: ${name}\nruntime:\n  command: [node, server.js]\n`;
/** Steps without analyses: traffic shifts without users. */
const shifts = '[{ setWeight: 20 }, { setWeight: 50 }]';

/** Applications whose stages are done by executors that do nothing; of one, executors can be made to fail. */
export async function noOpLanes(world: World, count: number): Promise<Lane[]> {
  const names = ['faulty', ...Array.from({ length: count - 1 }, (_, index) => `lane-${index}`)];
  return Promise.all(
    names.map(async (application) => {
      const repository = new TestRepository();
      repository.commit('feat: the beginning', { 'signalbox.yaml': manifestOf(application) });
      await register(world, manifestOf(application), repository.directory);
      return { application };
    }),
  );
}

/** Applications that are built, tested, and run as processes behind the router. */
export async function processLanes(world: World, count: number): Promise<Lane[]> {
  const names = Array.from({ length: count }, (_, index) => `shop-${index}`);
  return Promise.all(
    names.map(async (name) => {
      const shop = new Shop({ name, steps: shifts, bake: '1s' });
      await register(world, shop.manifest(), shop.directory);
      let changes = 0;
      const prepare = (): void => void shop.change(`feat: number ${(changes += 1)}`);
      return { application: name, prepare, isRestless: true };
    }),
  );
}

function register(world: World, manifestText: string, repository: string): Promise<Response> {
  const { url, adminKey } = world.installation;
  return eventually(
    async () => {
      const answer = await fetch(`${url}/v1/applications`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${adminKey}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({ manifestText, repository, team: 'faults' }),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return answer;
    },
    { withinMs: 30_000, everyMs: 500, what: 'the application to be registered' },
  );
}
