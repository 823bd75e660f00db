import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStorefront } from './service.js';

test('lists products, also as a page', async (context) => {
  const ask = await startStorefront(context);
  assert.equal((await ask('GET', '/products')).body.length, 3);
  assert.match((await ask('GET', '/')).body, /Signal lamp 49\.00/);
});

test('is healthy', async (context) => {
  const ask = await startStorefront(context);
  assert.equal((await ask('GET', '/healthz')).status, 200);
});

test('a cart adds up its items', async (context) => {
  const ask = await startStorefront(context);
  const { id } = (await ask('POST', '/carts')).body;
  await ask('POST', `/carts/${id}/items`, { sku: 'mug', quantity: 2 });
  await ask('POST', `/carts/${id}/items`, { sku: 'tee', quantity: 1 });
  assert.equal((await ask('GET', `/carts/${id}`)).body.totalCents, 4900);
});

test('a cart refuses what is not for sale', async (context) => {
  const ask = await startStorefront(context);
  const { id } = (await ask('POST', '/carts')).body;
  assert.equal((await ask('POST', `/carts/${id}/items`, { sku: 'moon', quantity: 1 })).status, 422);
  assert.equal((await ask('GET', '/carts/unknown')).status, 404);
});
