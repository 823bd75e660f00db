import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, authorizeGlobally, Caller, Requires, Resource } from '@signalbox/chassis';
import type { Identity } from '@signalbox/chassis';
import { name } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { z } from 'zod';
import type { Protection } from './protection.js';
import { ProtectionService } from './protection.service.js';

const rules = z.strictObject({
  approvals: z.array(z.strictObject({ team: name, required: z.int().min(1).max(20) })).max(20),
  reason: z.string().min(1).max(1_000).optional(),
});

/** An environment's protection as REST answers it. */
export type ShownProtection = Omit<Protection, 'id'> & { environment: string };

/** Protection lives here, where no application's file can loosen it. */
@ApiTags('gates')
@Controller('v1/environment-protections')
export class ProtectionController {
  constructor(private readonly protections: ProtectionService) {}

  @Get(':environment')
  @Requires('read')
  @ApiOperation({ operationId: 'getProtection', summary: 'Who must approve releases into an environment' })
  async get(@Param('environment') environment: string): Promise<Resource<ShownProtection>> {
    return shown(await this.protections.get(environment));
  }

  @Put(':environment')
  @Requires('environment:write')
  @ApiOperation({
    operationId: 'protectEnvironment',
    summary: 'Ask for approvals in an environment, whichever application',
  })
  async put(
    @Param('environment') environment: string,
    @Body({ schema: rules }) body: z.output<typeof rules>,
    @Caller() caller: Identity,
  ): Promise<Resource<ShownProtection>> {
    authorizeGlobally(caller, 'environment:write');
    const saved = await this.protections.put(environment, body.approvals, actorOf(caller, body.reason));
    return shown(saved);
  }
}

function shown({ state, version }: Pick<Versioned<Protection>, 'state' | 'version'>): Resource<ShownProtection> {
  const { id: environment, ...rest } = state;
  return new Resource({ environment, ...rest }, version);
}
