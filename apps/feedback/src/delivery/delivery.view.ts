import type { Application } from '../application/application.projection.js';
import type { ReleaseStore } from '../release/release.projection.js';
import { deliveryMetrics } from './delivery-metrics.js';
import type { DeliveryMetrics } from './delivery-metrics.js';
import { contextOf } from './deployments.js';
import type { Period } from './deployments.js';
import type { DeliveryStore } from './delivery.projection.js';

/** Delivery metrics, computed from the facts of the period, and of those around it that bear on it, when they are asked for. */
export class DeliveryView {
  constructor(
    private readonly releases: ReleaseStore,
    private readonly deliveries: DeliveryStore,
  ) {}

  async metrics({ name, production }: Application, period: Period): Promise<DeliveryMetrics> {
    const around = contextOf(period);
    const facts = await this.deliveries.factsOf(name, production, around);
    const [releases, incidents] = await Promise.all([
      this.releases.listByIds([...new Set(facts.map(({ releaseId }) => releaseId))]),
      this.deliveries.incidentsOf(name, production, around, facts),
    ]);
    return deliveryMetrics({ releases, facts, incidents }, period);
  }
}
