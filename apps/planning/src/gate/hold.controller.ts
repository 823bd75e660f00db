import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, Caller, ListParameters, Lists, Requires, Resource, timeToCome } from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import { inFlight, scope } from '@signalbox/domain';
import { z } from 'zod';
import { ReleaseService } from '../release/release.service.js';
import type { HoldGate } from './gate.js';
import { created, endWish, shown, utc } from './gate-resource.js';
import { GateAccess } from './gate.access.js';
import { GateService } from './gate.service.js';
import { gateListRules, GateView } from './gate.view.js';

const message = z.string().min(1).max(1_000);
const holdWish = z.strictObject({
  message,
  scope: scope.strict().default({}),
  expiresAt: timeToCome.optional(),
  inFlight: inFlight.default('pause'),
});

@ApiTags('gates')
@Controller('v1/holds')
export class HoldController {
  constructor(
    private readonly gates: GateService,
    private readonly access: GateAccess,
    private readonly view: GateView,
    private readonly lists: Lists,
    private readonly releases: ReleaseService,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listHolds', summary: 'Holds in force' })
  @ListParameters(gateListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<HoldGate>> {
    return this.view.list('hold', this.lists.parse(query, gateListRules), caller);
  }

  @Get(':id')
  @Requires('read')
  @ApiOperation({ operationId: 'getHold', summary: 'A hold, also one that has been lifted' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<HoldGate>> {
    return shown(await this.access.read(caller, 'hold', id));
  }

  @Post()
  @Requires('hold:create')
  @ApiOperation({
    operationId: 'hold',
    summary: 'Stop the line for a release, an application, an environment or everything',
  })
  async hold(
    @Body({ schema: holdWish }) body: z.output<typeof holdWish>,
    @Caller() caller: Identity,
  ): Promise<Resource<HoldGate>> {
    await this.access.authorizeNew(caller, 'hold:create', body.scope);
    const release = body.scope.releaseId ? (await this.releases.get(body.scope.releaseId)).state : undefined;
    const wish = { ...body, by: caller.name, ...(body.expiresAt && { expiresAt: utc(body.expiresAt) }) };
    return created(await this.gates.addHold(wish, release), 'holds');
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('hold:lift')
  @ApiOperation({ operationId: 'liftHold', summary: 'Let it go on' })
  async resume(
    @Param('id') id: string,
    @Query({ schema: endWish }) why: z.output<typeof endWish>,
    @Caller() caller: Identity,
  ): Promise<void> {
    await this.access.authorizeGate(caller, 'hold:lift', 'hold', id);
    await this.gates.remove('hold', id, actorOf(caller, why.reason));
  }
}
