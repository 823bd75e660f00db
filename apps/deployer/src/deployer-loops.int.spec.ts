import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createLogger, reconcileMigration } from '@signalbox/chassis';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { DeployerLoops } from './deployer-loops.js';

let postgres: TestPostgres;
let database: Database;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('loops'), name: 'loops', migrations: [reconcileMigration] });
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

it('a rollout is not kept waiting by looks for drift that hang', async () => {
  const drifting = Array.from({ length: 100 }, (_, index) => `late-${index}/production`);
  const looks: string[] = [];
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const rolledOut = () => looks.includes('shop/production');
  const reconciler = {
    unsettled: async () => (looks.length > 1 && !rolledOut() ? ['shop/production'] : []),
    overdue: async () => drifting,
    reconcile: (id: string) => {
      looks.push(id);
      return id === 'shop/production' ? Promise.resolve() : answered;
    },
  };
  const logger = createLogger('test', 'silent');
  const loops = new DeployerLoops({ database, logger }, reconciler, { close: async () => undefined });
  loops.onApplicationBootstrap();
  try {
    await eventually(() => looks.length > 1, { what: 'looks for drift' });
    loops.poke();
    await eventually(rolledOut, { what: 'the rollout goes on' });
    expect(looks.filter((id) => id !== 'shop/production').length).toBeLessThanOrEqual(4);
  } finally {
    answer();
    await loops.onModuleDestroy();
  }
});
