import { expect, it } from '@jest/globals';
import { serialize } from 'pg-protocol';
import type { Link } from '../e2e/faults/proxy.js';
import { eventIdsOf, stateOf, Transcript } from '../e2e/faults/transcript.js';

const link = {} as Link;
const id = '019ac5a0-0000-7000-8000-000000000001';
const tell = 'INSERT INTO outbox (event_id) SELECT event_id FROM unnest($1::uuid[])';
const change = 'UPDATE environment\n SET state = $3::jsonb WHERE id = $1';

function prepare(sql: string): Buffer {
  return serialize.parse({ name: sql.slice(0, 20), text: sql, types: [] });
}

function bind(sql: string, values: (string | null)[] = []): Buffer {
  return Buffer.concat([
    serialize.bind({ statement: sql.slice(0, 20), values }),
    serialize.execute(),
    serialize.sync(),
  ]);
}

/** What has been heard, of bytes that come in pieces of this size. */
function heard(messages: Buffer[], pieceSize = Infinity): ReturnType<Transcript['of']> {
  const prepared = ['BEGIN', 'COMMIT', tell, change, 'SELECT 1'].map(prepare);
  const bytes = Buffer.concat([serialize.startup({ database: 'x_deployer', user: 'u' }), ...prepared, ...messages]);
  const transcript = new Transcript();
  for (let at = 0; at < bytes.length; at += pieceSize)
    transcript.hear(link, bytes.subarray(at, Math.min(bytes.length, at + pieceSize)));
  return transcript.of(link);
}

const transaction = [
  bind('BEGIN'),
  bind(change, ['shop/production', '0', '{"id":"shop/production","generation":3}', null]),
  bind(tell, [`{"${id}"}`]),
  bind('COMMIT'),
];

it.each([Infinity, 7, 1])('knows what a transaction said, when it comes in pieces of %d bytes', (pieceSize) => {
  const said = heard(transaction, pieceSize);
  expect(said.map(({ sql }) => sql)).toEqual([change, tell]);
  expect(said[0]?.values).toEqual(['shop/production', '0', '{"id":"shop/production","generation":3}', undefined]);
  expect(eventIdsOf(said)).toEqual([id]);
  expect(stateOf(said, 'environment')).toEqual({ id: 'shop/production', generation: 3 });
});

it('an empty transaction, and a question alone, say nothing of the one before', () => {
  expect(heard([...transaction, bind('BEGIN'), bind('SELECT 1'), bind('COMMIT')])).toEqual([
    { sql: 'SELECT 1', values: [] },
  ]);
  expect(heard([...transaction, bind('SELECT 1'), bind('SELECT 1')])).toEqual([{ sql: 'SELECT 1', values: [] }]);
});

it('a service that says it is alive tells nothing that could be lost', () => {
  const alive = serialize.query('UPDATE heartbeat SET version = 2');
  expect(eventIdsOf(heard([bind('BEGIN'), alive, bind(tell, [`{"${id}"}`])]))).toEqual([]);
});
