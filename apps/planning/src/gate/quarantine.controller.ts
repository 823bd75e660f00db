import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { z } from 'zod';
import type { QuarantineGate } from './gate.js';
import { shown } from './gate-resource.js';
import { GateAccess } from './gate.access.js';
import { GateService } from './gate.service.js';
import { gateListRules, GateView } from './gate.view.js';

const reasoned = z.strictObject({ reason: z.string().min(1).max(1_000) });

@ApiTags('gates')
@Controller('v1/quarantines')
export class QuarantineController {
  constructor(
    private readonly gates: GateService,
    private readonly access: GateAccess,
    private readonly view: GateView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listQuarantines', summary: 'Artifacts that may not enter an environment' })
  @ListParameters(gateListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<QuarantineGate>> {
    return this.view.list('quarantine', this.lists.parse(query, gateListRules), caller);
  }

  @Post(':id/lifts')
  @HttpCode(200)
  @Requires('quarantine:lift')
  @ApiOperation({ operationId: 'liftQuarantine', summary: 'Allow an artifact again' })
  async lift(
    @Param('id') id: string,
    @Body({ schema: reasoned }) body: z.output<typeof reasoned>,
    @Caller() caller: Identity,
  ): Promise<Resource<QuarantineGate>> {
    await this.access.authorizeGate(caller, 'quarantine:lift', 'quarantine', id);
    return shown(await this.gates.liftQuarantine(id, caller.principal, body.reason));
  }
}
