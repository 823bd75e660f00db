import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { logOutput, removeTree, workspaceFolders } from '@signalbox/domain';
import { openTracer } from '@signalbox/messaging/otel';
import type { TracingConfig } from '@signalbox/messaging/otel';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { z } from 'zod';
import { ArtifactCache } from './artifact/artifact-cache.js';
import type { HostConfig } from './config.js';
import { controlPlane } from './control.js';
import { readIfPresent, writeDurably } from './data/durable-file.js';
import { lockFolder } from './data/lock.js';
import { ChildRecord } from './process/leftovers.js';
import { listen } from './process/ports.js';
import { SlotService } from './slot/slot.service.js';
import { SlotStore } from './slot/slot.store.js';
import { HostFigures } from './telemetry.js';
import { traceCalls } from './tracing.js';

const LEFTOVERS_GRACE_MS = 1000;
const TRACES_WITHIN_MS = 2000;

/** Where callers find this host: kept in `address.json` of its data folder. */
const address = z.object({ url: z.string(), port: z.int(), configuredPort: z.int() });

export interface Host {
  url: string;
  stop(): Promise<void>;
}

/** @param tracing without it no spans are made */
export async function startHost(config: HostConfig, tracing?: TracingConfig): Promise<Host> {
  await mkdir(config.data, { recursive: true, mode: 0o711 });
  const logger = pino({ name: 'host', level: config.logLevel }, logOutput());
  let url = '';
  const unlock = lockFolder(config.data);
  try {
    const children = new ChildRecord(join(config.data, 'children.json'));
    const ended = await children.endLeftovers(LEFTOVERS_GRACE_MS);
    if (ended > 0) logger.warn({ ended }, 'ended process groups of a host that was killed');
    const { workspaces, removed } = workspaceFolders(config.data, config.workspaces, 'signalbox-host');
    for (const folder of removed) await removeTree(folder);

    const artifacts = new ArtifactCache(join(config.data, 'artifacts'));
    await artifacts.removePartial();

    const slots = new SlotService(new SlotStore(join(config.data, 'slots')), artifacts, children, {
      epoch: randomUUID(),
      controlUrl: () => url,
      bind: config.bind,
      name: config.name,
      routerPortFrom: config.routerPortFrom,
      workspaces,
      logs: join(config.data, 'logs'),
      baseEnvironment: config.childEnvironment,
    });
    await slots.restore();
    const tracer = tracing && (await tracerOf(tracing, config, logger));
    const control = controlPlane(slots, config.key, logger, new HostFigures(config.build), config.build);
    if (tracer) traceCalls(control, tracer);
    await control.ready();
    url = await listenForControl(control.server, config);
    logger.info({ url, pid: process.pid }, 'host ready');
    const stop = async () => {
      await control.close();
      control.server.close();
      control.server.closeAllConnections();
      await slots.close();
      await tracer?.close(TRACES_WITHIN_MS);
      unlock();
    };
    return { url, stop };
  } catch (error) {
    unlock();
    throw error;
  }
}

function tracerOf(tracing: TracingConfig, { build }: HostConfig, logger: Logger): ReturnType<typeof openTracer> {
  const service = tracing.OTEL_SERVICE_NAME ?? 'host';
  return openTracer(tracing, { service, version: build.version, messagingSystem: 'none', logger });
}

/** The configured port or the next free one, which is kept as long as the configuration does not change. */
async function listenForControl(server: Parameters<typeof listen>[0], config: HostConfig): Promise<string> {
  const path = join(config.data, 'address.json');
  const text = await readIfPresent(path);
  const last = text === undefined ? undefined : address.parse(JSON.parse(text));
  const from = last?.configuredPort === config.port ? last.port : config.port;
  const port = await listen(server, from, config.bind);
  const url = `http://${config.name}:${port}`;
  await writeDurably(path, JSON.stringify({ url, port, configuredPort: config.port }));
  return url;
}
