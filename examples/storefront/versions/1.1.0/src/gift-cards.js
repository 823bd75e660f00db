import { randomUUID } from 'node:crypto';

const MOST_CARDS = 10_000;

export class GiftCards {
  #balances = new Map();

  issue(amountCents) {
    const code = randomUUID();
    this.#balances.set(code, amountCents);
    if (this.#balances.size > MOST_CARDS) this.#balances.delete(this.#balances.keys().next().value);
    return { code, amountCents };
  }

  has(code) {
    return this.#balances.has(code);
  }

  /** Takes what the card can give; returns what is left to pay. */
  redeem(code, totalCents) {
    const balance = this.#balances.get(code);
    const used = Math.min(balance, totalCents);
    this.#balances.set(code, balance - used);
    return totalCents - used;
  }
}
