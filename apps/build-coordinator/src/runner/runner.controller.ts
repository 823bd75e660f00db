import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '@signalbox/chassis';
import type { Page } from '@signalbox/chassis';
import type { RunnerStatus } from '@signalbox/domain';
import { RunnerPresence } from './runner-presence.js';

@ApiTags('runners')
@Controller('v1/runners')
export class RunnerController {
  constructor(private readonly presence: RunnerPresence) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listRunners', summary: 'Runners heard of within a day, and whether they are online' })
  async list(): Promise<Page<RunnerStatus>> {
    return { items: await this.presence.list(), nextCursor: null };
  }
}
