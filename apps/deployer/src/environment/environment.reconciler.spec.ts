import { beforeEach, expect, it } from '@jest/globals';
import type { SlotObserved } from '@signalbox/domain';
import { newEnvironment } from './environment.js';
import { EnvironmentReconciler } from './environment.reconciler.js';
import type { ReconcilerParts } from './environment.reconciler.js';

const addresses = { url: 'u', metricsUrl: 'm' };
const state = { ...newEnvironment('shop', 'production', 'shop', new Date(0)), ...addresses, putGeneration: 1 };
const found: SlotObserved = { ...addresses, generation: 1, epoch: 'e', deployments: [] };

let nowMs: number;
let isRefused: boolean;
let observed: SlotObserved;
let acknowledged: unknown[][];
let advanced: unknown[][];
let reconciler: EnvironmentReconciler;

beforeEach(() => {
  nowMs = 0;
  isRefused = false;
  observed = found;
  acknowledged = [];
  advanced = [];
  const parts = {
    environments: {
      looked: async () => undefined,
      getById: async () => ({ state, version: 1 }),
      acknowledge: async (...news: unknown[]) => void acknowledged.push(news),
    },
    deployments: { advance: async (_id: string, ...seen: unknown[]) => void advanced.push(seen) },
    target: { observe: () => (isRefused ? Promise.reject(new Error('refused')) : Promise.resolve(observed)) },
    telemetry: { targetFailed: () => undefined },
  };
  reconciler = new EnvironmentReconciler(parts as unknown as ReconcilerParts, () => nowMs);
});

/** What rollouts are told after the look at this second. */
async function lookAt(second: number): Promise<unknown[] | undefined> {
  nowMs = second * 1_000;
  const looked = reconciler.reconcile('shop/production');
  if (isRefused) await expect(looked).rejects.toThrow('refused');
  else await looked;
  return advanced.at(-1);
}

it('tells rollouts how long their host has not been reached, from the first vain look on', async () => {
  isRefused = true;
  expect(await lookAt(100)).toEqual([undefined, 0]);
  expect(await lookAt(130)).toEqual([undefined, 30_000]);
  isRefused = false;
  expect(await lookAt(140)).toEqual([found]);
  isRefused = true;
  expect(await lookAt(150)).toEqual([undefined, 0]);
});

it('counts no time in which it did not look itself', async () => {
  isRefused = true;
  await lookAt(100);
  expect(await lookAt(3_700)).toEqual([undefined, 0]);
});

it('takes over where a host serves that had to take other ports', async () => {
  await lookAt(0);
  expect(acknowledged).toEqual([]);
  observed = { ...found, url: 'elsewhere' };
  await lookAt(15);
  expect(acknowledged).toEqual([['shop/production', 1, observed]]);
});
