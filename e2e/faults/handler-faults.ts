import { rmSync, writeFileSync } from 'node:fs';
import { eventually } from '@signalbox/testing';
import { goesOnWithinMs, lasting, lastingWhileOthersGoOn, pickOne } from './fault.js';
import type { Fault } from './fault.js';
import { decide } from './message-faults.js';
import { plantTrigger } from './planted-trigger.js';

/** Until somebody asks for what its handler fails at. */
const heldWithinMs = 40_000;

/** The handler of one application's stages has a fault, is mended, and what was parked is redriven. */
const faultyHandler: Fault = {
  name: 'handler throws, is mended',
  seconds: { brief: 4, full: 20 },
  async run(scene, ms) {
    const { world } = scene;
    writeFileSync(world.faultFile, '');
    try {
      await eventually(
        async () => {
          const keys = await world.database('executors').parked();
          return keys.length > 0 && keys;
        },
        { withinMs: 20_000, what: 'executors to hold an event back' },
      );
      await lastingWhileOthersGoOn(scene, ms, 'while executors held one application back');
    } finally {
      rmSync(world.faultFile, { force: true });
    }
  },
};

/** Into which a service writes down the stage that it is asked for. */
const tables: Readonly<Record<string, string>> = {
  'build-coordinator': 'build',
  'test-orchestrator': 'test_run',
  deployer: 'deployment',
  monitor: 'watch',
};

/** Its database refuses what the handler writes, until that is mended; then an operator has it redriven. */
const faultyService: Fault = {
  name: 'handler of a service throws, is mended',
  seconds: { brief: 4, full: 20 },
  async run(scene, ms) {
    const service = pickOne(scene.random, scene.world.doers) ?? '';
    const database = scene.world.database(service);
    const on = `BEFORE INSERT ON ${tables[service]}`;
    const mend = await plantTrigger(scene, [service, on], "RAISE EXCEPTION 'planted';");
    try {
      await lasting(ms);
      await eventually(async () => (await database.parked()).length > 0, {
        withinMs: heldWithinMs,
        what: `${service} to hold an event back`,
      });
    } finally {
      await mend();
    }
    const isOver = async () => {
      const held = await database.parked();
      for (const key of held) await decide(scene, `${service}/redrives`, key);
      return held.length === 0;
    };
    await eventually(isOver, { withinMs: goesOnWithinMs, everyMs: 500, what: `${service} to hold nothing back` });
  },
};

/** Of a cluster whose stages are done by the harness's own executors. */
export const executorFaults: readonly Fault[] = [faultyHandler];
/** Of one where services do them. */
export const serviceFaults: readonly Fault[] = [faultyService];
