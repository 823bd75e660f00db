import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorizeGlobally, Caller, Requires } from '@signalbox/chassis';
import type { Identity } from '@signalbox/chassis';
import type { InstallationStatus } from '@signalbox/domain';
import type { Installation } from './installation.js';
import { gather } from './installation.js';

export const INSTALLATION = Symbol('installation');

@ApiTags('status')
@Controller('v1/status')
export class StatusController {
  constructor(@Inject(INSTALLATION) private readonly installation: Installation) {}

  @Get()
  @Requires('read')
  @ApiOperation({
    operationId: 'getStatus',
    summary: 'How every service stands: build, database, broker, events, processes, runners, hosts; what is down too',
  })
  async get(@Caller() caller: Identity): Promise<InstallationStatus> {
    // It names what runs where, of every application.
    authorizeGlobally(caller, 'read');
    return gather(this.installation);
  }
}
