import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, Caller, ListParameters, Lists, Requires, Resource, timeToCome } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { inFlight, scope } from '@signalbox/domain';
import { z } from 'zod';
import type { FreezeGate } from './gate.js';
import { created, endWish, shown, utc } from './gate-resource.js';
import { GateAccess } from './gate.access.js';
import { GateService } from './gate.service.js';
import { gateListRules, GateView } from './gate.view.js';

const reason = z.string().min(1).max(1_000);
const freezeWish = z
  .strictObject({
    /** By default the reason. */
    name: z.string().min(1).max(100).optional(),
    scope: scope.strict().default({}),
    from: z.iso.datetime({ offset: true }),
    to: timeToCome,
    reason,
    inFlight: inFlight.default('pause'),
  })
  .refine((window) => Date.parse(window.from) < Date.parse(window.to), {
    message: 'ends before it begins',
    path: ['to'],
  });

@ApiTags('gates')
@Controller('v1/freezes')
export class FreezeController {
  constructor(
    private readonly gates: GateService,
    private readonly access: GateAccess,
    private readonly view: GateView,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listFreezes', summary: 'Freeze windows that are or will be in force' })
  @ListParameters(gateListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<FreezeGate>> {
    return this.view.list('freeze', this.lists.parse(query, gateListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getFreeze', summary: 'A freeze window, also one that has ended' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<FreezeGate>> {
    return shown(await this.access.read(caller, 'freeze', id));
  }

  @Post()
  @Requires('freeze:write')
  @ApiOperation({ operationId: 'addFreeze', summary: 'Close environments for a time; rollbacks always pass' })
  async freeze(
    @Body({ schema: freezeWish }) body: z.output<typeof freezeWish>,
    @Caller() caller: Identity,
  ): Promise<Resource<FreezeGate>> {
    await this.access.authorizeNew(caller, 'freeze:write', body.scope);
    const wish = { ...body, from: utc(body.from), to: utc(body.to) };
    return created(await this.gates.addFreeze(wish, caller.principal), 'freezes');
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('freeze:write')
  @ApiOperation({ operationId: 'removeFreeze', summary: 'End a freeze before its time' })
  async unfreeze(
    @Param('id') id: string,
    @Query({ schema: endWish }) why: z.output<typeof endWish>,
    @Caller() caller: Identity,
  ): Promise<void> {
    await this.access.authorizeGate(caller, 'freeze:write', 'freeze', id);
    await this.gates.remove('freeze', id, actorOf(caller, why.reason));
  }
}
