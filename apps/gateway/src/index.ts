import { HttpProblem, IdentityMint } from '@signalbox/chassis';
import type { Identify, ServiceContext, ServiceDefinition } from '@signalbox/chassis';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { answers } from './answers.generated.js';
import { activitiesKept } from './activity/activity.store.js';
import type { GatewayConfig } from './config.js';
import { inboundKept } from './event-source/event-source.store.js';
import { createPrincipals, GatewayModule } from './gateway.module.js';
import { migrations } from './migrations/index.js';
import { acceptEvents } from './cloudevents/accept-events.js';
import { addDocs } from './openapi/docs.js';
import type { PrincipalService } from './principal/principal.service.js';
import { addProxy } from './proxy/proxy.js';
import { RateLimit, windowsKept } from './rate-limit/rate-limit.js';
import { Telemetry } from './telemetry.js';

export { gatewayConfig, upstreamNames } from './config.js';
export type { GatewayConfig, UpstreamName } from './config.js';

interface Shared {
  principals: PrincipalService;
  telemetry: Telemetry;
}
const shared = new WeakMap<object, Shared>();

/** One per service instance: guard, proxy and controllers share what they remember and count. */
function sharedBy(context: ServiceContext<GatewayConfig>): Shared {
  const { config, meter, logger } = context;
  const known = shared.get(context) ?? {
    principals: createPrincipals(context),
    telemetry: new Telemetry(
      meter,
      logger,
      config.EVENT_SOURCES.map(({ name }) => name),
    ),
  };
  shared.set(context, known);
  return known;
}

function byApiKey(context: ServiceContext<GatewayConfig>): Identify {
  const { principals, telemetry } = sharedBy(context);
  return (request) =>
    principals.identifyBearer(request.headers.authorization).catch((error: unknown) => {
      if (error instanceof HttpProblem && error.status === 401) telemetry.unidentified();
      throw error;
    });
}

async function extendHttp(context: ServiceContext<GatewayConfig>, app: NestFastifyApplication): Promise<void> {
  const { config, logger, tracer } = context;
  const { principals, telemetry } = sharedBy(context);
  if (config.ADMIN_KEY) await principals.bootstrap(config.ADMIN_KEY);
  acceptEvents(app);
  const limit = app.get(RateLimit);
  const mint = await IdentityMint.open(config.IDENTITY_KEY);
  const { UPSTREAMS: upstreams } = config;
  await addProxy(app, { upstreams, identify: byApiKey(context), mint, limit, logger, telemetry, tracer });
  addDocs(app, gateway, config);
}

export const gateway: ServiceDefinition<GatewayConfig> = {
  name: 'gateway',
  title: 'Signalbox gateway',
  answers,
  migrations,
  keeps: [activitiesKept, inboundKept, windowsKept],
  module: (context) => GatewayModule.create(context, sharedBy(context)),
  identify: byApiKey,
  extendHttp,
};
