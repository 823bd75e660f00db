import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, ListParameters, Lists, Requires, Resource, timeToCome } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { z } from 'zod';
import type { OverrideGate } from './gate.js';
import { created, shown } from './gate-resource.js';
import { GateAccess } from './gate.access.js';
import { GateService } from './gate.service.js';
import { gateListRules, GateView } from './gate.view.js';

const overrideWish = z.strictObject({
  releaseId: z.string(),
  environment: z.string().optional(),
  reason: z.string().min(1).max(1_000),
  expiresAt: timeToCome.optional(),
});

@ApiTags('gates')
@Controller('v1')
export class OverrideController {
  constructor(
    private readonly gates: GateService,
    private readonly access: GateAccess,
    private readonly view: GateView,
    private readonly lists: Lists,
  ) {}

  @Get('overrides')
  @Requires('read')
  @ApiOperation({ operationId: 'listOverrides', summary: 'Overrides that count, or wait for a second person' })
  @ListParameters(gateListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<OverrideGate>> {
    return this.view.list('override', this.lists.parse(query, gateListRules), caller);
  }

  @Get('overrides/:id')
  @Requires('read')
  @ApiOperation({ operationId: 'getOverride', summary: 'An override, also one that has expired' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<OverrideGate>> {
    return shown(await this.access.read(caller, 'override', id));
  }

  @Post('freezes/:id/overrides')
  @Requires('freeze:write')
  @ApiOperation({
    operationId: 'requestOverride',
    summary: 'Ask to let one release pass a freeze; somebody else confirms',
  })
  async request(
    @Param('id') id: string,
    @Body({ schema: overrideWish }) body: z.output<typeof overrideWish>,
    @Caller() caller: Identity,
  ): Promise<Resource<OverrideGate>> {
    await this.access.authorizeGate(caller, 'freeze:write', 'freeze', id);
    await this.access.authorizeNew(caller, 'freeze:write', body);
    return created(await this.gates.requestOverride({ ...body, windowId: id }, caller), 'overrides');
  }

  @Post('overrides/:id/confirmations')
  @HttpCode(200)
  @Requires('freeze:write')
  @ApiOperation({ operationId: 'confirmOverride', summary: 'The second person’s yes to an override' })
  async confirm(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<OverrideGate>> {
    const gate = await this.access.authorizeGate(caller, 'freeze:write', 'override', id);
    if (gate.kind === 'override') await this.access.authorizeGate(caller, 'freeze:write', 'freeze', gate.windowId);
    return shown(await this.gates.confirmOverride(id, caller));
  }
}
