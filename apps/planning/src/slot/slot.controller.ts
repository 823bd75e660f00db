import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, ListParameters, Lists, Requires, Resource } from '@signalbox/chassis';
import type { Identity, ListRules, Page } from '@signalbox/chassis';
import { ApplicationService } from '../application/application.service.js';
import type { Slot } from './slot.js';
import { SlotView } from './slot.view.js';

const rules: ListRules = {
  filters: {
    application: { column: 'slot.application', kind: 'text' },
    environment: { column: 'slot.environment', kind: 'text' },
  },
  sorts: { id: 'slot.id' },
  id: 'slot.id',
  defaultSort: 'id',
};

@ApiTags('slots')
@Controller('v1/slots')
export class SlotController {
  constructor(
    private readonly view: SlotView,
    private readonly applications: ApplicationService,
    private readonly lists: Lists,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listSlots', summary: 'What runs where, and which release holds the environment' })
  @ListParameters(rules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<Slot>> {
    return this.view.list(this.lists.parse(query, rules), caller);
  }

  @Get(':application/:environment')
  @Requires('read')
  @ApiOperation({ operationId: 'getSlot', summary: 'One application in one environment' })
  async get(
    @Param('application') application: string,
    @Param('environment') environment: string,
    @Caller() caller: Identity,
  ): Promise<Resource<Slot>> {
    const { state } = await this.applications.get(application);
    authorize(caller, 'read', { application, team: state.team }, `application ${application}`);
    const slot = await this.view.get(application, environment);
    return new Resource(slot.state, slot.version);
  }
}
