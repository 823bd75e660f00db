import { parsedJson, serviceConfig } from '@signalbox/chassis';
import { limits } from '@signalbox/domain';
import { z } from 'zod';

/** The services behind the gateway, by name. */
export const upstreamNames = [
  'planning',
  'build-coordinator',
  'test-orchestrator',
  'deployer',
  'monitor',
  'feedback',
] as const;
export type UpstreamName = (typeof upstreamNames)[number];

export const gatewayConfig = serviceConfig.extend({
  /** Addresses of the services as JSON: `{"planning": "http://127.0.0.1:4601", …}`. */
  UPSTREAMS: z
    .string()
    .transform(parsedJson)
    .pipe(z.record(z.enum(upstreamNames), z.url())),
  /** The Ed25519 key (JWK) that signs identities. */
  IDENTITY_KEY: z
    .string()
    .transform(parsedJson)
    .pipe(z.looseObject({ kty: z.literal('OKP'), d: z.string(), kid: z.string() })),
  /** The first administrator's API key; the principal `admin` is made from it at the first start. */
  ADMIN_KEY: z.string().startsWith('sbx_').min(40).optional(),
  RATE_LIMIT: limits.RATE_LIMIT,
});
export type GatewayConfig = z.output<typeof gatewayConfig>;
