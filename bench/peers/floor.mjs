// No engine: what the same work costs as plain commits. One for the start, one per step, one for the end.
import { Pool } from 'pg';
import { STEPS, clients, measure, pgUrl, stepResult } from './measure.mjs';

const pool = new Pool({ connectionString: pgUrl('floor'), max: clients });
await pool.query('create table if not exists workflow (id uuid primary key, result jsonb)');
await pool.query('create table if not exists step (id uuid, step int, result jsonb, primary key (id, step))');

const commit = (name, text, values) => pool.query({ name, text, values });

async function run(id) {
  await commit('start', 'insert into workflow values ($1)', [id]);
  let result;
  for (let step = 1; step <= STEPS; step += 1) {
    result = stepResult(id, step);
    await commit('step', 'insert into step values ($1, $2, $3)', [id, step, result]);
  }
  await commit('end', 'update workflow set result = $2 where id = $1', [id, result]);
  return result;
}

const find = async (id) => (await pool.query('select result from workflow where id = $1', [id])).rows[0].result;

const { rows } = await pool.query('show server_version');
await measure({ peer: 'floor', version: `postgresql ${rows[0].server_version}`, run, find });
await pool.end();
