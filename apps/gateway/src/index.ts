import { IdentityMint } from '@signalbox/chassis';
import type { Identify, ServiceContext, ServiceDefinition } from '@signalbox/chassis';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { GatewayConfig } from './config.js';
import { createPrincipals, GatewayModule } from './gateway.module.js';
import { migrations } from './migrations/index.js';
import { addDocs } from './openapi/docs.js';
import type { PrincipalService } from './principal/principal.service.js';
import { addProxy } from './proxy/proxy.js';
import { RateLimit } from './proxy/rate-limit.js';

export { gatewayConfig, upstreamNames } from './config.js';
export type { GatewayConfig, UpstreamName } from './config.js';

const principals = new WeakMap<object, PrincipalService>();

/** One per service instance: the guard and the controllers share what they remember. */
function principalsOf(context: ServiceContext<GatewayConfig>): PrincipalService {
  const known = principals.get(context) ?? createPrincipals(context);
  principals.set(context, known);
  return known;
}

function byApiKey(context: ServiceContext<GatewayConfig>): Identify {
  const service = principalsOf(context);
  return (request) => service.identifyBearer(request.headers.authorization);
}

async function extendHttp(context: ServiceContext<GatewayConfig>, app: NestFastifyApplication): Promise<void> {
  const { config, logger } = context;
  if (config.ADMIN_KEY) await principalsOf(context).bootstrap(config.ADMIN_KEY);
  const limit = await RateLimit.open(config.DATABASE_URL, config.RATE_LIMIT);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onClose', () => limit.close());
  const mint = await IdentityMint.open(config.IDENTITY_KEY);
  await addProxy(app, { upstreams: config.UPSTREAMS, identify: byApiKey(context), mint, limit, logger });
  addDocs(app, Object.values(config.UPSTREAMS));
}

export const gateway: ServiceDefinition<GatewayConfig> = {
  name: 'gateway',
  title: 'Signalbox gateway',
  migrations,
  module: (context) => GatewayModule.create(context, principalsOf(context)),
  identify: byApiKey,
  extendHttp,
};
