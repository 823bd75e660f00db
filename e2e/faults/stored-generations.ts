import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from './world.js';

interface StoredSlot {
  application: string;
  environment: string;
  desired: { generation: number };
}

/** Where the host of a cluster keeps what it was told. */
export function slotsOf({ installation }: World): string {
  return join(installation.state, 'kafka', 'host', 'slots');
}

/** What the host has on its disk, by application and environment. */
export function storedGenerations(folder: string): Map<string, number> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const { application, environment, desired } = JSON.parse(text) as StoredSlot;
      return [`${application}/${environment}`, desired.generation];
    }),
  );
}
