import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { authorize, Caller, Requires } from '@signalbox/chassis';
import type { Identity, Page, Scope } from '@signalbox/chassis';
import { z } from 'zod';
import { EnvironmentService } from '../environment/environment.service.js';
import type { SecretPin } from './secret.js';
import { SecretService } from './secret.service.js';

const secretName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'upper-case letters, digits and _');
const secretValue = z.strictObject({
  value: z
    .string()
    .min(1)
    .max(32_768)
    .refine((value) => !value.includes('\0'), 'no NUL character'),
});

/** Values go in and are never read back. */
@ApiTags('secrets')
@Controller('v1/secrets/:application/:environment')
export class SecretController {
  constructor(
    private readonly secrets: SecretService,
    private readonly environments: EnvironmentService,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({ operationId: 'listSecrets', summary: 'Names of an environment’s secrets' })
  async list(
    @Param('application') application: string,
    @Param('environment') environment: string,
    @Caller() caller: Identity,
  ): Promise<Page<SecretPin>> {
    const place = await this.place('read', application, environment, caller);
    return { items: await this.secrets.list(place), nextCursor: null };
  }

  @Put(':name')
  @HttpCode(204)
  @Requires('secret:write')
  @ApiOperation({ operationId: 'setSecret', summary: 'Set a secret; deployments from now on get it' })
  async put(
    @Param('application') application: string,
    @Param('environment') environment: string,
    @Param('name', { schema: secretName }) name: string,
    @Body({ schema: secretValue }) body: z.output<typeof secretValue>,
    @Caller() caller: Identity,
  ): Promise<void> {
    await this.secrets.put(await this.place('secret:write', application, environment, caller), name, body.value);
  }

  @Delete(':name')
  @HttpCode(204)
  @Requires('secret:write')
  @ApiOperation({ operationId: 'removeSecret', summary: 'Remove a secret; what runs keeps its value' })
  async remove(
    @Param('application') application: string,
    @Param('environment') environment: string,
    @Param('name') name: string,
    @Caller() caller: Identity,
  ): Promise<void> {
    await this.secrets.remove(await this.place('secret:write', application, environment, caller), name);
  }

  private async place(scope: Scope, application: string, environment: string, caller: Identity) {
    const { state } = await this.environments.get(application, environment);
    authorize(caller, scope, state, `environment ${environment} of ${application}`);
    return { application, environment };
  }
}
