import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { applicationDefined } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { OnEvent } from '@signalbox/messaging/nest';
import { ApplicationStore } from './application.projection.js';

/** Keeps the copy of planning's applications. */
@Controller()
export class ApplicationConsumer {
  constructor(private readonly applications: ApplicationStore) {}

  @OnEvent(applicationDefined)
  async defined(@Payload() event: EventOf<typeof applicationDefined>): Promise<void> {
    const { application, team, definition, definitionVersion } = event.content;
    const environments = Object.entries(definition.environments);
    const production = environments.filter(([, { tier }]) => tier === 'production').map(([name]) => name);
    const names = Object.keys(definition.environments);
    await this.applications.keep({ name: application, team, production }, names, definitionVersion);
  }
}
