import { Body, Controller, Get, Headers, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  authorizeGlobally,
  Caller,
  Identified,
  ifMatch,
  ListParameters,
  Lists,
  Requires,
  Resource,
} from '@signalbox/chassis';
import type { Identity, Page } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import type { z } from 'zod';
import type { Principal } from './principal.js';
import { principalReplacement, principalWish } from './principal-wish.js';
import { principalListRules, PrincipalService } from './principal.service.js';

@ApiTags('principals')
@Controller('v1')
export class PrincipalController {
  constructor(
    private readonly principals: PrincipalService,
    private readonly lists: Lists,
  ) {}

  @Get('me')
  @Identified()
  @ApiOperation({ operationId: 'getMe', summary: 'Who you are and what you may do' })
  me(@Caller() caller: Identity): Identity {
    return caller;
  }

  @Post('principals')
  @Requires('principal:write')
  @ApiOperation({ operationId: 'createPrincipal', summary: 'A new person or machine' })
  async create(
    @Body({ schema: principalWish }) body: z.output<typeof principalWish>,
    @Caller() caller: Identity,
  ): Promise<Resource<Principal>> {
    authorizeGlobally(caller, 'principal:write');
    return shown(await this.principals.create(body), 201);
  }

  @Get('principals')
  @Requires('principal:write')
  @ApiOperation({ operationId: 'listPrincipals', summary: 'Principals by name' })
  @ListParameters(principalListRules)
  list(@Query() query: Record<string, string>, @Caller() caller: Identity): Promise<Page<Principal>> {
    authorizeGlobally(caller, 'principal:write');
    return this.principals.list(this.lists.parse(query, principalListRules));
  }

  @Get('principals/:id')
  @Requires('principal:write')
  @ApiOperation({ operationId: 'getPrincipal', summary: 'A principal with its roles' })
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<Principal>> {
    authorizeGlobally(caller, 'principal:write');
    return shown(await this.principals.get(id));
  }

  @Put('principals/:id')
  @Requires('principal:write')
  @ApiOperation({ operationId: 'replacePrincipal', summary: 'Change teams, roles, or disable' })
  async put(
    @Param('id') id: string,
    @Body({ schema: principalReplacement }) body: z.output<typeof principalReplacement>,
    @Headers('if-match') seen: string | undefined,
    @Caller() caller: Identity,
  ): Promise<Resource<Principal>> {
    authorizeGlobally(caller, 'principal:write');
    const { id: _, ...changed } = body;
    return shown(await this.principals.put(id, changed, ifMatch(seen)));
  }
}

function shown(principal: Versioned<Principal>, status?: number): Resource<Principal> {
  const location = `/v1/principals/${principal.state.id}`;
  return new Resource(principal.state, principal.version, status === undefined ? {} : { status, location });
}
