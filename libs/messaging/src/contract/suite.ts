import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Harness } from './harness.js';
import type { BrokerAddress } from './probe.js';

/** Where a broker for the tests comes from. */
export type BrokerSource = (postgres: TestPostgres) => Promise<{ address: BrokerAddress; stop(): Promise<void> }>;

/** A part of the contract: tests that ask for the current test's harness. */
export type ContractPart = (harness: () => Harness) => void;

/** The same tests for every broker. */
export function contractSuite(name: string, source: BrokerSource, parts: Readonly<Record<string, ContractPart>>): void {
  describe(`messaging on ${name}`, () => {
    let postgres: TestPostgres;
    let broker: Awaited<ReturnType<BrokerSource>>;
    let harness: Harness;

    beforeAll(async () => {
      postgres = await startPostgres();
      broker = await source(postgres);
      // The first broker of a machine comes over the network.
    }, 180_000);
    beforeEach(() => {
      harness = new Harness(postgres, broker.address);
    });
    afterEach(() => harness.end());
    afterAll(async () => {
      await broker?.stop();
      await postgres?.stop();
    });

    describe.each(Object.entries(parts))('%s', (_title, part) => {
      part(() => harness);
    });
  });
}
