import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '@signalbox/chassis';
import { manifest } from '@signalbox/domain';
import { z } from 'zod';

@ApiTags('applications')
@Controller('v1/manifest-schemas')
export class ManifestSchemaController {
  @Get('signalbox.v1.json')
  @Requires('read')
  @ApiOperation({ operationId: 'getManifestSchema', summary: 'JSON Schema of signalbox.yaml, for editors' })
  schema(): Record<string, unknown> {
    return z.toJSONSchema(manifest, { io: 'input', unrepresentable: 'any' });
  }
}
