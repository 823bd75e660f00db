import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import type { Gate } from './gate.js';
import { shown } from './gate-resource.js';
import { GateAccess } from './gate-access.js';
import { GateService } from './gate.service.js';
import { gateListRules, GateView } from './gate.view.js';

@ApiTags('gates')
@Controller('v1/overrides')
export class OverrideController {
  constructor(
    private readonly gates: GateService,
    private readonly access: GateAccess,
    private readonly view: GateView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listOverrides', summary: 'Overrides that count, or wait for a second person' })
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<Gate>> {
    return this.view.list('override', this.lists.parse(query, gateListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getOverride', summary: 'An override, also one that has expired' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource> {
    return shown(await this.access.read(caller, 'override', id));
  }

  @Post(':id/confirmations')
  @HttpCode(200)
  @Requires('freeze:write')
  @ApiOperation({ operationId: 'confirmOverride', summary: 'The second person’s yes to an override' })
  async confirm(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource> {
    await this.access.authorizeGate(caller, 'freeze:write', 'override', id);
    return shown(await this.gates.confirmOverride(id, caller));
  }
}
