import { Carts } from './carts.js';
import { products, totalOf } from './catalogue.js';
import { Checkout } from './checkout.js';
import { GiftCards } from './gift-cards.js';
import { readJson, router, sendJson } from './http.js';

export function createStorefront() {
  const carts = new Carts();
  const checkout = new Checkout();
  const giftCards = new GiftCards();
  return router({
    'GET /healthz': (_request, response) => sendJson(response, 200, { status: 'ok' }),
    'GET /': (_request, response) => {
      const list = products.map(({ name, priceCents }) => `<li>${name} ${(priceCents / 100).toFixed(2)}</li>`);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(`<!doctype html><title>Storefront</title><h1>Storefront</h1><ul>${list.join('')}</ul>`);
    },
    'GET /products': (_request, response) => sendJson(response, 200, products),
    'POST /carts': (_request, response) => sendJson(response, 201, carts.open()),
    'GET /carts/:id': (_request, response, id) => {
      const cart = carts.find(id);
      if (!cart) return sendJson(response, 404, { error: 'no such cart' });
      return sendJson(response, 200, { ...cart, totalCents: totalOf(cart.items) });
    },
    'POST /carts/:id/items': async (request, response, id) => {
      const cart = carts.find(id);
      const item = await readJson(request);
      if (!cart) return sendJson(response, 404, { error: 'no such cart' });
      if (!item || totalOf([item]) === undefined) return sendJson(response, 422, { error: 'no such product' });
      cart.items.push({ sku: item.sku, quantity: item.quantity });
      return sendJson(response, 201, cart);
    },
    'POST /gift-cards': async (request, response) => {
      const { amountCents } = (await readJson(request)) ?? {};
      if (!Number.isInteger(amountCents) || amountCents < 1) return sendJson(response, 422, { error: 'no amount' });
      return sendJson(response, 201, giftCards.issue(amountCents));
    },
    'POST /checkout': async (request, response) => {
      const { items, giftCard } = (await readJson(request)) ?? {};
      const totalCents = Array.isArray(items) && items.length > 0 ? totalOf(items) : undefined;
      if (totalCents === undefined) return sendJson(response, 422, { error: 'nothing to pay' });
      if (giftCard === undefined) return sendJson(response, 201, await checkout.pay(totalCents));
      if (!giftCards.has(giftCard)) return sendJson(response, 422, { error: 'no such gift card' });
      return sendJson(response, 201, await checkout.pay(giftCards.redeem(giftCard, totalCents)));
    },
  });
}
