import { resolve } from 'node:path';
import { readConfig } from '@signalbox/domain';
import { z } from 'zod';
import { childEnvironmentOf } from './child-environment.js';

const port = z.coerce.number().int().min(0).max(65_535);

const environment = z.object({
  HOST_BIND: z.string().default('127.0.0.1'),
  HOST_PORT: port.default(4610),
  HOST_ROUTER_PORT_FROM: port.default(4701),
  /** The name users reach this machine by. */
  HOST_NAME: z.string().default('localhost'),
  HOST_DATA: z.string().min(1),
  /** In place of the data folder; one of this host's own in it, `signalbox-host`, is emptied at every start. */
  HOST_WORKSPACES: z.string().min(1).optional(),
  HOST_KEY: z.string().min(16),
  BUILD_VERSION: z.string().default('unknown'),
  BUILD_COMMIT: z.string().default('unknown'),
  HOST_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  LANG: z.string().optional(),
  TZ: z.string().optional(),
});

export interface HostConfig {
  bind: string;
  /** 0 takes any free port, here and for the routers. */
  port: number;
  routerPortFrom: number;
  name: string;
  data: string;
  /** Not the host's alone, see `workspaceFolders`. */
  workspaces: string | undefined;
  key: string;
  logLevel: string;
  build: { version: string; commit: string };
  childEnvironment: Record<string, string>;
}

/** Throws ConfigError with all faults at once. */
export function readHostConfig(variables: NodeJS.ProcessEnv): HostConfig {
  const env = readConfig(environment, variables);
  return {
    bind: env.HOST_BIND,
    port: env.HOST_PORT,
    routerPortFrom: env.HOST_ROUTER_PORT_FROM,
    name: env.HOST_NAME,
    data: resolve(env.HOST_DATA),
    workspaces: env.HOST_WORKSPACES && resolve(env.HOST_WORKSPACES),
    key: env.HOST_KEY,
    logLevel: env.HOST_LOG_LEVEL,
    build: { version: env.BUILD_VERSION, commit: env.BUILD_COMMIT },
    childEnvironment: childEnvironmentOf(env),
  };
}
