import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LaunchOptions } from './config.js';
import { serviceNames } from './installation.js';
import type { Installation } from './installation.js';
import { replicasOf } from './replica.js';

/** As Prometheus reads them from a file (`file_sd_configs`). */
export interface ScrapeTarget {
  targets: [string];
  labels: { service: string; process: string };
}

/** Every process that shows figures, by the port that is its own; the runner listens nowhere. */
export function scrapeTargets(
  { mode, replicas, sharesPorts }: Pick<LaunchOptions, 'mode' | 'replicas' | 'sharesPorts'>,
  { ports, replicaPorts }: Pick<Installation, 'ports' | 'replicaPorts'>,
): ScrapeTarget[] {
  const target = (service: string, process: string, port: number): ScrapeTarget => ({
    targets: [`127.0.0.1:${port}`],
    labels: { service, process },
  });
  const ofServices = serviceNames.flatMap((service) => {
    if (mode === 'embedded') return target(service, 'platform', ports[service]);
    const count = replicas[service];
    return replicasOf(service, count).map(({ name }) =>
      target(service, name, (sharesPorts || count > 1 ? replicaPorts[name] : undefined) ?? ports[service]),
    );
  });
  return [...ofServices, target('host', 'host', ports.host)];
}

const fileIn = (folder: string) => join(folder, 'prometheus-targets.json');

export async function writeScrapeTargets(folder: string, targets: readonly ScrapeTarget[]): Promise<void> {
  const file = fileIn(folder);
  await writeFile(`${file}.new`, `${JSON.stringify(targets, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Nothing listens any more, on purpose: nobody is to be alarmed. */
export async function removeScrapeTargets(folder: string): Promise<void> {
  await rm(fileIn(folder), { force: true });
}
