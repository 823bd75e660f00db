// graphile-worker: a queue, so six durable steps are a chain of six jobs; a step's result is the next job's payload.
import { Logger, makeWorkerUtils, run as runWorker } from 'graphile-worker';
import { Pool } from 'pg';
import { STEPS, clients, measure, pgUrl, stepResult, versionOf } from './measure.mjs';

const connectionString = pgUrl('graphile');
const pool = new Pool({ connectionString, max: 2 });
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
await pool.query('create table if not exists outcome (id uuid primary key, result jsonb)');

const waiting = new Map();

async function step({ id, step: number }, helpers) {
  const result = stepResult(id, number);
  if (number < STEPS) {
    await helpers.addJob('step', { id, step: number + 1, previous: result });
    return;
  }
  // finished jobs are deleted, so the result needs a row of our own
  await helpers.query('insert into outcome values ($1, $2) on conflict do nothing', [id, result]);
  waiting.get(id)(result);
  waiting.delete(id);
}

const worker = await runWorker({
  preset: {
    worker: {
      connectionString,
      logger,
      concurrentJobs: clients,
      pollInterval: 1000,
      localQueue: { size: clients * 2 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
  logger,
  noHandleSignals: true,
  taskList: { step },
});

await measure({
  peer: 'graphile-worker',
  version: versionOf('graphile-worker'),
  async run(id) {
    const finished = new Promise((resolve) => waiting.set(id, resolve));
    await utils.addJob('step', { id, step: 1 });
    return finished;
  },
  find: async (id) => (await pool.query('select result from outcome where id = $1', [id])).rows[0].result,
});
await worker.stop();
process.exit(0);
