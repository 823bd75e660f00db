import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStorefront } from './service.js';

test('a checkout answers with the order', async (context) => {
  const ask = await startStorefront(context);
  const { status, body } = await ask('POST', '/checkout', { items: [{ sku: 'lamp', quantity: 1 }] });
  assert.equal(status, 201);
  assert.equal(body.totalCents, 4900);
  assert.ok(body.id);
});

test('a checkout refuses an empty or unknown order', async (context) => {
  const ask = await startStorefront(context);
  assert.equal((await ask('POST', '/checkout', { items: [] })).status, 422);
  assert.equal((await ask('POST', '/checkout', { items: [{ sku: 'moon', quantity: 1 }] })).status, 422);
});
