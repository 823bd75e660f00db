const MOST_RESERVATIONS = 5;

/** Orders that are promised to a customer and not yet confirmed by the payment provider. */
export class Reservations {
  #open = new Set();

  reserve(order) {
    if (this.#open.size >= MOST_RESERVATIONS) throw new Error('no reservation left');
    this.#open.add(order);
  }

  release(order) {
    this.#open.delete(order);
  }
}
