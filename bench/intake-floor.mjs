/**
 * The least that taking events in batches over HTTP takes: a body read and parsed, each event's data in one row of an
 * INSERT, an answer with the ids; an id is kept once, nothing else is checked or told anybody. Sends { port } to who has started it.
 * `DATABASE_URL=… node intake-floor.mjs`, with an IPC channel.
 */
import { createServer } from 'node:http';
import process from 'node:process';
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
await pool.query('CREATE TABLE IF NOT EXISTS kept (id uuid PRIMARY KEY, key text, payload text)');
// In the order of their ids: two batches with the same ones would wait for each other.
const text = `INSERT INTO kept SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS event (id, key, payload)
  ORDER BY id ON CONFLICT DO NOTHING`;

async function keep(events) {
  const columns = [
    events.map(({ id }) => id),
    events.map(({ data }) => data.context.chainId),
    events.map(({ data }) => JSON.stringify(data)),
  ];
  await pool.query({ name: 'keep', text, values: columns });
  return JSON.stringify({ results: events.map(({ id }) => ({ id, status: 'accepted' })) });
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.once('end', () =>
    keep(JSON.parse(Buffer.concat(chunks).toString())).then(
      (answer) => response.writeHead(202, { 'content-type': 'application/json' }).end(answer),
      (error) => response.writeHead(500).end(error.message),
    ),
  );
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('disconnect', () => process.exit());
