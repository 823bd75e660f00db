import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStorefront } from './service.js';

const items = [{ sku: 'tee', quantity: 1 }];

test('a gift card pays until it is empty', async (context) => {
  const ask = await startStorefront(context);
  const { code } = (await ask('POST', '/gift-cards', { amountCents: 3000 })).body;
  assert.equal((await ask('POST', '/checkout', { items, giftCard: code })).body.totalCents, 0);
  assert.equal((await ask('POST', '/checkout', { items, giftCard: code })).body.totalCents, 2000);
});

test('an unknown gift card is refused', async (context) => {
  const ask = await startStorefront(context);
  assert.equal((await ask('POST', '/checkout', { items, giftCard: 'none' })).status, 422);
  assert.equal((await ask('POST', '/gift-cards', { amountCents: -1 })).status, 422);
});
