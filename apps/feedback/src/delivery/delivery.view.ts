import type { Application } from '../application/application.projection.js';
import type { ReleaseStore } from '../release/release.projection.js';
import { deliveryMetrics } from './delivery-metrics.js';
import type { DeliveryMetrics, Period } from './delivery-metrics.js';
import type { DeliveryStore } from './delivery.projection.js';

/** Delivery metrics, computed from the facts each time they are asked for. */
export class DeliveryView {
  constructor(
    private readonly releases: ReleaseStore,
    private readonly deliveries: DeliveryStore,
  ) {}

  async metrics({ name, production }: Application, period: Period): Promise<DeliveryMetrics> {
    const [releases, facts, incidents] = await Promise.all([
      this.releases.listOf(name),
      this.deliveries.factsOf(name, production),
      this.deliveries.incidentsOf(name, production),
    ]);
    return deliveryMetrics({ releases, facts, incidents }, period);
  }
}
