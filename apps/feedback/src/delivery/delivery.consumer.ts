import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  incidentDetected,
  incidentReported,
  incidentResolved,
  releaseRolledBack,
  rolloutAdvanced,
  serviceDeployed,
  serviceRolledBack,
  serviceUpgraded,
} from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { DeliveryStore } from './delivery.projection.js';

/** Remembers what happened to releases in their environments. */
@Controller()
export class DeliveryConsumer {
  constructor(private readonly deliveries: DeliveryStore) {}

  @OnEvent(rolloutAdvanced)
  async advanced(@Payload() { id: eventId, time: at, content }: EventOf<typeof rolloutAdvanced>): Promise<void> {
    const { releaseId, application, environment, version, weight } = content;
    if (weight === 0) return;
    await this.deliveries.keep({ eventId, kind: 'exposed', application, environment, releaseId, version, at });
  }

  @OnEvent(serviceDeployed)
  deployed(@Payload() event: EventOf<typeof serviceDeployed>): Promise<void> {
    return this.keep('deployed', event);
  }

  @OnEvent(serviceUpgraded)
  upgraded(@Payload() event: EventOf<typeof serviceUpgraded>): Promise<void> {
    return this.keep('deployed', event);
  }

  /** Names the release that was taken back, whichever version serves instead. */
  @OnEvent(serviceRolledBack)
  rolledBack(@Payload() event: EventOf<typeof serviceRolledBack>): Promise<void> {
    return event.customData.exposed === false ? Promise.resolve() : this.keep('rolled_back', event);
  }

  @OnEvent(releaseRolledBack)
  async releaseRolledBack(@Payload() { id, time: at, content }: EventOf<typeof releaseRolledBack>): Promise<void> {
    const { releaseId, application, environment, version, exposed } = content;
    if (!exposed) return;
    await this.deliveries.keep({ eventId: id, kind: 'rolled_back', application, environment, releaseId, version, at });
  }

  @OnEvent(incidentDetected)
  detected(@Payload() event: EventOf<typeof incidentDetected>): Promise<void> {
    return this.keepIncident(event, { openedAt: event.time, openedEventId: event.id });
  }

  @OnEvent(incidentReported)
  reported(@Payload() event: EventOf<typeof incidentReported>): Promise<void> {
    return this.keepIncident(event, { openedAt: event.time, openedEventId: event.id });
  }

  @OnEvent(incidentResolved)
  resolved(@Payload() event: EventOf<typeof incidentResolved>): Promise<void> {
    return this.keepIncident(event, { resolvedAt: event.time, resolvedEventId: event.id });
  }

  private async keep(
    kind: 'deployed' | 'rolled_back',
    { id: eventId, time: at, content, customData }: EventOf<typeof serviceDeployed>,
  ): Promise<void> {
    const { application, releaseId, version } = customData;
    const environment = content.environment.id;
    await this.deliveries.keep({ eventId, kind, application, environment, releaseId, version, at });
  }

  private async keepIncident(
    { content, customData }: EventOf<typeof incidentDetected>,
    moment: { openedAt?: Date; openedEventId?: string; resolvedAt?: Date; resolvedEventId?: string },
  ): Promise<void> {
    const { incidentId: id, ...about } = customData;
    const { application, releaseId, version } = about;
    const named = { ...(releaseId !== undefined && { releaseId }), ...(version !== undefined && { version }) };
    await this.deliveries.keepIncident({ id, application, environment: content.environment.id, ...named, ...moment });
  }
}
