import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { FaultRun } from '../faults/fault-run.js';
import { goalsMs, killSeries } from '../faults/kill-series.js';
import type { Killed } from '../faults/kill-series.js';
import { noOpLanes } from '../faults/lanes.js';
import { violationsOf } from '../faults/report.js';
import { RunFolder } from '../faults/run-folder.js';
import { Servers } from '../faults/servers.js';

/** Run by `npm run bench -- kills`, which reads the report; not part of `npm test`. */
const times = Number(process.env['KILLS']);
const report = process.env['KILLS_REPORT'];
const lanes = Number(process.env['KILLS_LANES'] ?? 16);
const each = 60_000;

describe(`${times} kills of each kind under load`, () => {
  const folder = new RunFolder();
  const seen: Killed[] = [];
  let servers: Servers;
  let run: FaultRun;
  let load: { releases: number; seconds: number } | undefined;

  beforeAll(async () => {
    servers = await Servers.start(folder.path);
    const none = 'build-coordinator=0,test-orchestrator=0,deployer=0,monitor=0,runner=0';
    const services = ['gateway', 'planning', 'feedback'];
    const replicas = `gateway=2,planning=2,feedback=2,${none}`;
    const options = { name: 'kills', folder: folder.path, replicas, services, executors: 2, eventsPerSecond: 0 };
    run = await FaultRun.start(servers, options, (world) => noOpLanes(world, lanes), 7);
    const [before, began] = [run.scene.load.completed, performance.now()];
    const releases = await eventually(
      () => {
        const completed = run.scene.load.completed - before;
        return completed >= 2 * lanes && completed;
      },
      { withinMs: 120_000, everyMs: 20, what: 'two rounds of releases to complete' },
    );
    load = { releases, seconds: (performance.now() - began) / 1000 };
  }, 300_000);

  afterAll(async () => {
    await run?.stop();
    await servers?.stop();
    if (report !== undefined) writeFileSync(report, JSON.stringify({ seen, goalsMs, load, lanes }));
    folder.end((line) => process.stdout.write(`${line}\n`));
  }, 180_000);

  const kinds = Object.keys(goalsMs);
  it.each(kinds)(
    '%s: releases go on after each, nothing is lost, doubled or out of order',
    folder.holding(async (victim: string) => {
      const outcome = await run.try([killSeries(victim, times, seen)], () => 0);
      expect(violationsOf([outcome])).toEqual([]);
    }, kinds.length),
    times * each + 300_000,
  );
});
