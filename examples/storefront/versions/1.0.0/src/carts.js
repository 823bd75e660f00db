import { randomUUID } from 'node:crypto';

const MOST_CARTS = 10_000;

export class Carts {
  #carts = new Map();

  open() {
    const cart = { id: randomUUID(), items: [] };
    this.#carts.set(cart.id, cart);
    if (this.#carts.size > MOST_CARTS) this.#carts.delete(this.#carts.keys().next().value);
    return cart;
  }

  find(id) {
    return this.#carts.get(id);
  }
}
