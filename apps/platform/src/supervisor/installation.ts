import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeldPorts } from './held-ports.js';
import { UsageError } from './usage-error.js';

/** Services that have a port and a database, in the order of their ports. */
export const serviceNames = [
  'gateway',
  'planning',
  'build-coordinator',
  'test-orchestrator',
  'deployer',
  'monitor',
  'feedback',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What an installation keeps between starts: ports and secrets. */
export interface Installation {
  ports: Record<ServiceName | 'host', number>;
  /** Of each process of a service that has several: `planning`, `planning-2`. */
  replicaPorts: Record<string, number>;
  topicPrefix: string;
  identityKey: Record<string, unknown>;
  secrets: Record<'admin' | 'cursor' | 'store' | 'runner' | 'host' | 'secretBox', string>;
  databasePasswords: Record<string, string>;
}

const firstReplicaPort = 4611;
const firstPort: Record<ServiceName | 'host', number> = {
  gateway: 4600,
  planning: 4601,
  'build-coordinator': 4602,
  'test-orchestrator': 4603,
  deployer: 4604,
  monitor: 4605,
  feedback: 4606,
  host: 4610,
};

const fileIn = (folder: string) => join(folder, 'secrets', 'installation.json');

/**
 * Loads the installation of a state folder, or makes one, and holds its ports; those that are taken by others move to
 * the next free one.
 * @param replicas names of the processes that need a port beside their service's
 * @param mayListen whether one of our own still listens on its port
 */
export async function openInstallation(
  folder: string,
  replicas: readonly string[],
  ports: HeldPorts,
  mayListen: (owner: string) => boolean,
): Promise<Installation> {
  await mkdir(join(folder, 'secrets'), { recursive: true });
  await chmod(folder, 0o711);
  await chmod(join(folder, 'secrets'), 0o700);
  const known = await readKept(fileIn(folder));
  const kept = known ?? create();
  // Folders of before there were replicas know none.
  const replicaPorts = kept.replicaPorts ?? {};
  const had = Object.fromEntries(Object.entries(replicaPorts).filter(([name]) => replicas.includes(name)));
  const installation: Installation = {
    ...kept,
    ports: await holdPorts(kept.ports, ports, mayListen),
    replicaPorts: { ...replicaPorts, ...(await holdPorts(had, ports, mayListen, Object.values(replicaPorts))) },
  };
  for (const name of replicas)
    if (had[name] === undefined)
      installation.replicaPorts[name] = await ports.takeFirst(firstReplicaPort, portsOf(installation));
  if (JSON.stringify(installation) !== JSON.stringify(kept) || known === undefined) await save(folder, installation);
  return installation;
}

/** Undefined where there is none yet. One that cannot be read is not replaced: its keys are nowhere else. */
async function readKept(file: string): Promise<Installation | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Installation;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(
      `${file} cannot be read: ${(error as Error).message}\nfix: it holds this installation's keys; start Signalbox as the user that owns it, or restore it from a backup`,
    );
  }
}

/** A port for one more process, kept for the next time. */
export async function addReplicaPort(
  folder: string,
  installation: Installation,
  name: string,
  ports: HeldPorts,
): Promise<number> {
  const { [name]: kept, ...others } = installation.replicaPorts;
  // Held since its last run, or to be had again, or another.
  const isOurs = kept !== undefined && !Object.values(others).includes(kept) && (await ports.takeAgain(kept));
  const own = isOurs ? kept : await ports.takeFirst(firstReplicaPort, portsOf(installation));
  installation.replicaPorts[name] = own;
  await save(folder, installation);
  return own;
}

function portsOf({ ports, replicaPorts }: Installation): number[] {
  return [...Object.values(ports), ...Object.values(replicaPorts)];
}

async function save(folder: string, installation: Installation): Promise<void> {
  const file = fileIn(folder);
  // Its keys are nowhere else: after a loss of power there is the old one or the new one, whole.
  await writeFile(`${file}.new`, JSON.stringify(installation, undefined, 2), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

/** Who cannot have the port it wants gets the next free one, but only when the others have theirs. */
async function holdPorts<Owner extends string>(
  wanted: Record<Owner, number>,
  ports: HeldPorts,
  mayListen: (owner: string) => boolean,
  besides: readonly number[] = [],
): Promise<Record<Owner, number>> {
  const owned = { ...wanted };
  const moved: Owner[] = [];
  for (const owner of Object.keys(wanted) as Owner[])
    if (!(await ports.take(wanted[owner], mayListen(owner)))) moved.push(owner);
  for (const owner of moved) owned[owner] = await ports.takeFirst(wanted[owner], besides);
  return owned;
}

function create(): Installation {
  const secret = () => randomBytes(32).toString('base64url');
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    ports: { ...firstPort },
    replicaPorts: {},
    topicPrefix: `sb${randomBytes(4).toString('hex')}.`,
    identityKey: { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(6).toString('hex') },
    secrets: {
      admin: `sbx_${secret()}`,
      cursor: secret(),
      store: secret(),
      runner: secret(),
      host: secret(),
      secretBox: secret(),
    },
    databasePasswords: Object.fromEntries([...serviceNames, 'log'].map((name) => [name, secret()])),
  };
}
