import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const PROVIDER_MS = 15;

/** Takes the money and answers with the order. */
export class Checkout {
  async pay(totalCents) {
    const order = { id: randomUUID(), totalCents };
    await this.#confirm();
    return order;
  }

  /** Stands for the payment provider. */
  async #confirm() {
    await delay(PROVIDER_MS);
  }
}
