import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Requires, Resource } from '@signalbox/chassis';
import type { Identity } from '@signalbox/chassis';
import { inFlight, scope } from '@signalbox/domain';
import type { Versioned } from '@signalbox/persistence';
import { z } from 'zod';
import { ReleaseService } from '../release/release.service.js';
import type { Gate } from './gate.js';
import { GateAccess } from './gate-access.js';
import { GateService } from './gate.service.js';

const reason = z.string().min(1).max(1_000);
const freezeWish = z
  .strictObject({
    /** By default the reason. */
    name: z.string().min(1).max(100).optional(),
    scope: scope.default({}),
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    reason,
    inFlight: inFlight.default('pause'),
  })
  .refine((window) => Date.parse(window.from) < Date.parse(window.to), {
    message: 'ends before it begins',
    path: ['to'],
  });
const holdWish = z.strictObject({
  message: reason,
  scope: scope.default({}),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  inFlight: inFlight.default('pause'),
});
const overrideWish = z.strictObject({
  releaseId: z.string(),
  environment: z.string().optional(),
  reason,
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
const reasoned = z.strictObject({ reason });
const overrideHours = 24;
const utc = (time: string) => new Date(time).toISOString();

@ApiTags('gates')
@Controller('v1')
export class GateController {
  constructor(
    private readonly gates: GateService,
    private readonly access: GateAccess,
    private readonly releases: ReleaseService,
  ) {}

  @Get('freezes')
  @Requires('read')
  @ApiOperation({ operationId: 'listFreezes', summary: 'Freeze windows that are or will be in force' })
  freezes(@Caller() caller: Identity): Promise<object> {
    return this.access.list('freeze', caller);
  }

  @Post('freezes')
  @Requires('freeze:write')
  @ApiOperation({ operationId: 'addFreeze', summary: 'Close environments for a time; rollbacks always pass' })
  async freeze(
    @Body({ schema: freezeWish }) body: z.output<typeof freezeWish>,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    await this.access.authorizeScope(caller, 'freeze:write', body.scope);
    const wish = { ...body, name: body.name ?? body.reason.slice(0, 100), from: utc(body.from), to: utc(body.to) };
    return created(await this.gates.addFreeze(wish, caller.principal), 'freezes');
  }

  @Delete('freezes/:id')
  @HttpCode(204)
  @Requires('freeze:write')
  @ApiOperation({ operationId: 'removeFreeze', summary: 'End a freeze before its time' })
  async unfreeze(@Param('id') id: string, @Caller() caller: Identity): Promise<void> {
    await this.access.authorizeGate(caller, 'freeze:write', 'freeze', id);
    await this.gates.remove('freeze', id);
  }

  @Post('freezes/:id/overrides')
  @Requires('freeze:write')
  @ApiOperation({
    operationId: 'requestOverride',
    summary: 'Ask to let one release pass a freeze; somebody else confirms',
  })
  async override(
    @Param('id') id: string,
    @Body({ schema: overrideWish }) body: z.output<typeof overrideWish>,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    await this.access.authorizeGate(caller, 'freeze:write', 'freeze', id);
    const expiresAt = body.expiresAt
      ? utc(body.expiresAt)
      : new Date(Date.now() + overrideHours * 3_600_000).toISOString();
    return created(await this.gates.requestOverride({ ...body, windowId: id, expiresAt }, caller), 'overrides');
  }

  @Post('overrides/:id/confirmations')
  @HttpCode(200)
  @Requires('freeze:write')
  @ApiOperation({ operationId: 'confirmOverride', summary: 'The second person’s yes to an override' })
  async confirm(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource> {
    await this.access.authorizeGate(caller, 'freeze:write', 'override', id);
    return shown(await this.gates.confirmOverride(id, caller));
  }

  @Get('holds')
  @Requires('read')
  @ApiOperation({ operationId: 'listHolds', summary: 'Holds in force' })
  holds(@Caller() caller: Identity): Promise<object> {
    return this.access.list('hold', caller);
  }

  @Post('holds')
  @Requires('hold:create')
  @ApiOperation({
    operationId: 'hold',
    summary: 'Stop the line for a release, an application, an environment or everything',
  })
  async hold(
    @Body({ schema: holdWish }) body: z.output<typeof holdWish>,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    await this.access.authorizeScope(caller, 'hold:create', body.scope);
    const release = body.scope.releaseId ? (await this.releases.get(body.scope.releaseId)).state : undefined;
    const wish = { ...body, by: caller.name, ...(body.expiresAt && { expiresAt: utc(body.expiresAt) }) };
    return created(await this.gates.addHold(wish, release), 'holds');
  }

  @Delete('holds/:id')
  @HttpCode(204)
  @Requires('hold:lift')
  @ApiOperation({ operationId: 'liftHold', summary: 'Let it go on' })
  async resume(@Param('id') id: string, @Caller() caller: Identity): Promise<void> {
    await this.access.authorizeGate(caller, 'hold:lift', 'hold', id);
    await this.gates.remove('hold', id);
  }

  @Get('quarantines')
  @Requires('read')
  @ApiOperation({ operationId: 'listQuarantines', summary: 'Artifacts that may not enter an environment' })
  quarantines(@Caller() caller: Identity, @Query('application') application?: string): Promise<object> {
    return this.access.list('quarantine', caller, application);
  }

  @Post('quarantines/:id/lifts')
  @HttpCode(200)
  @Requires('quarantine:lift')
  @ApiOperation({ operationId: 'liftQuarantine', summary: 'Allow an artifact again' })
  async lift(
    @Param('id') id: string,
    @Body({ schema: reasoned }) body: z.output<typeof reasoned>,
    @Caller() caller: Identity,
  ): Promise<Resource> {
    await this.access.authorizeGate(caller, 'quarantine:lift', 'quarantine', id);
    return shown(await this.gates.liftQuarantine(id, caller.principal, body.reason));
  }
}

function shown(gate: Versioned<Gate>): Resource {
  return new Resource(gate.state, gate.version);
}

function created(gate: Versioned<Gate>, collection: string): Resource {
  return new Resource(gate.state, gate.version, { status: 201, location: `/v1/${collection}/${gate.state.id}` });
}
