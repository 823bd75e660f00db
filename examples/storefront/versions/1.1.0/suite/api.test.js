import assert from 'node:assert/strict';
import { test } from 'node:test';

const target = process.env.TARGET_URL;

const ask = async (method, path, content) => {
  const init = { method, body: content && JSON.stringify(content) };
  return fetch(new URL(path, target), init);
};

test('the shop is open', async () => {
  assert.equal((await ask('GET', '/healthz')).status, 200);
  assert.match(await (await ask('GET', '/')).text(), /Storefront/);
});

test('products have a name and a price', async () => {
  for (const product of await (await ask('GET', '/products')).json()) {
    assert.ok(product.name);
    assert.ok(product.priceCents > 0);
  }
});

test('a cart keeps its items', async () => {
  const { id } = await (await ask('POST', '/carts')).json();
  assert.equal((await ask('POST', `/carts/${id}/items`, { sku: 'mug', quantity: 1 })).status, 201);
  assert.equal((await (await ask('GET', `/carts/${id}`)).json()).totalCents, 1200);
});

test('an order can be paid', async () => {
  const paid = await ask('POST', '/checkout', { items: [{ sku: 'tee', quantity: 2 }] });
  assert.equal(paid.status, 201);
  assert.equal((await paid.json()).totalCents, 5000);
});

test('a gift card pays a part of an order', async () => {
  const { code } = await (await ask('POST', '/gift-cards', { amountCents: 1000 })).json();
  const paid = await ask('POST', '/checkout', { items: [{ sku: 'mug', quantity: 1 }], giftCard: code });
  assert.equal((await paid.json()).totalCents, 200);
});
