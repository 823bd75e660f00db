import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

const environment = z
  .object({
    HOST_BIND: z.string().default('127.0.0.1'),
    HOST_PORT: port.default(4610),
    HOST_ROUTER_PORT_FROM: port.default(4701),
    /** The name users reach this machine by. */
    HOST_NAME: z.string().default('localhost'),
    HOST_DATA: z.string().min(1),
    HOST_WORKSPACES: z.string().min(1).optional(),
    HOST_KEY: z.string().min(16).optional(),
    HOST_KEY_FILE: z.string().optional(),
    BUILD_VERSION: z.string().default('unknown'),
    BUILD_COMMIT: z.string().default('unknown'),
    HOST_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
    PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
    LANG: z.string().optional(),
    TZ: z.string().optional(),
  })
  .refine((env) => env.HOST_KEY !== undefined || env.HOST_KEY_FILE !== undefined, {
    error: 'HOST_KEY or HOST_KEY_FILE is required',
  });

export interface HostConfig {
  bind: string;
  /** 0 takes any free port, here and for the routers. */
  port: number;
  routerPortFrom: number;
  name: string;
  data: string;
  workspaces: string;
  key: string;
  logLevel: string;
  build: { version: string; commit: string };
  /** All that released applications see of this process's environment. */
  childEnvironment: Record<string, string>;
}

export function readConfig(variables: NodeJS.ProcessEnv): HostConfig {
  const env = environment.parse(variables);
  return {
    bind: env.HOST_BIND,
    port: env.HOST_PORT,
    routerPortFrom: env.HOST_ROUTER_PORT_FROM,
    name: env.HOST_NAME,
    data: resolve(env.HOST_DATA),
    workspaces: resolve(env.HOST_WORKSPACES ?? join(env.HOST_DATA, 'workspaces')),
    key: env.HOST_KEY ?? readFileSync(env.HOST_KEY_FILE as string, 'utf8').trim(),
    logLevel: env.HOST_LOG_LEVEL,
    build: { version: env.BUILD_VERSION, commit: env.BUILD_COMMIT },
    childEnvironment: {
      PATH: withoutPackageBinaries(env.PATH),
      ...(env.LANG !== undefined && { LANG: env.LANG }),
      ...(env.TZ !== undefined && { TZ: env.TZ }),
    },
  };
}

function withoutPackageBinaries(path: string): string {
  const folders = path.split(':');
  return folders.filter((folder) => !/node_modules\/\.bin\/?$/.test(folder)).join(':');
}
