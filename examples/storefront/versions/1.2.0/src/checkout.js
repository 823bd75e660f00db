import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Reservations } from './reservations.js';

const PROVIDER_MS = 15;

/** Answers with the order at once; the money is taken while the customer reads on. */
export class Checkout {
  #reservations = new Reservations();

  async pay(totalCents) {
    const order = { id: randomUUID(), totalCents };
    this.#reservations.reserve(order.id);
    void this.#confirm(order).then((confirmed) => this.#reservations.release(confirmed));
    return order;
  }

  /** Stands for the payment provider. */
  async #confirm(order) {
    await delay(PROVIDER_MS);
    return { ...order, status: 'paid' };
  }
}
