import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { releasePlanned } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { ReleaseStore } from './release.projection.js';

/** Keeps the copy of planning's releases. */
@Controller()
export class ReleaseConsumer {
  constructor(private readonly releases: ReleaseStore) {}

  @OnEvent(releasePlanned)
  async planned(@Payload() { id: eventId, time: plannedAt, content }: EventOf<typeof releasePlanned>): Promise<void> {
    const { releaseId: id, application, version } = content;
    const changes = content.changes.map(({ sha, committedAt }) => ({ sha, committedAt }));
    await this.releases.keep({ id, eventId, application, version, plannedAt, changes });
  }
}
