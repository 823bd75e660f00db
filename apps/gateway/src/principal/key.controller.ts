import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorizeGlobally, Caller, Requires, Resource, timeToCome } from '@signalbox/chassis';
import type { Identity, NotRepeated, Page } from '@signalbox/chassis';
import { z } from 'zod';
import type { ApiKey } from './principal.js';
import { PrincipalService } from './principal.service.js';

const keyWish = z.strictObject({ expiresAt: timeToCome.optional() });

/** A key as it is listed. */
export type PublicKey = Omit<ApiKey, 'hash'>;

/** A new key with its text, which no other answer holds. */
export type IssuedKey = PublicKey & { key: string };

@ApiTags('principals')
@Controller('v1')
export class KeyController {
  constructor(private readonly principals: PrincipalService) {}

  @Post('principals/:id/keys')
  @Requires('principal:write')
  @ApiOperation({ operationId: 'issueKey', summary: 'A new API key; its text is shown this once' })
  async issue(
    @Param('id') id: string,
    @Body({ schema: keyWish }) body: z.output<typeof keyWish>,
    @Caller() caller: Identity,
  ): Promise<Resource<IssuedKey | NotRepeated>> {
    authorizeGlobally(caller, 'principal:write');
    const { text, key } = await this.principals.issue(id, body.expiresAt);
    return new Resource({ ...publicKey(key.state), key: text }, key.version, { status: 201, unrepeatable: true });
  }

  @Get('principals/:id/keys')
  @Requires('principal:write')
  @ApiOperation({ operationId: 'listKeys', summary: 'A principal’s keys, without their text' })
  async keys(@Param('id') id: string, @Caller() caller: Identity): Promise<Page<PublicKey>> {
    authorizeGlobally(caller, 'principal:write');
    return { items: (await this.principals.keysOf(id)).map(publicKey), nextCursor: null };
  }

  @Delete('keys/:id')
  @HttpCode(204)
  @Requires('principal:write')
  @ApiOperation({ operationId: 'revokeKey', summary: 'A key stops working within two seconds' })
  async revoke(@Param('id') id: string, @Caller() caller: Identity): Promise<void> {
    authorizeGlobally(caller, 'principal:write');
    await this.principals.revoke(id, new Date());
  }
}

function publicKey(key: ApiKey): PublicKey {
  const { hash: _, ...rest } = key;
  return rest;
}
