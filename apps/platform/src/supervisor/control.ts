import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSameSecret } from '@signalbox/domain';
import type { Wish } from './config.js';
import { UsageError } from './usage-error.js';
import type { ReplicatedName } from './replica-counts.js';

/** What commands in other terminals may ask of a running supervisor. */
export interface Controlled {
  restart(service: ReplicatedName, tell: (line: string) => void): Promise<void>;
  /** Starts further processes of a service, or stops the last ones. */
  scale(service: ReplicatedName, count: number, tell: (line: string) => void): Promise<void>;
}

interface Access {
  port: number;
  key: string;
}

const failed = 'error: ';

/** Listens on the loopback address; `file` tells the port and the key to whoever may read it. */
export async function openControl(file: string, controlled: Controlled): Promise<() => Promise<void>> {
  const key = randomBytes(24).toString('base64url');
  // Two terminals at once: one after the other.
  let turn: Promise<void> = Promise.resolve();
  const server = createServer((request, response) => {
    turn = turn.then(() => answer(request, response, key, controlled));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const access: Access = { port: (server.address() as AddressInfo).port, key };
  await writeFile(file, JSON.stringify(access), { mode: 0o600 });
  return async () => {
    await rm(file, { force: true });
    server.close();
    server.closeAllConnections();
  };
}

async function answer(
  { headers, url }: IncomingMessage,
  response: ServerResponse,
  key: string,
  controlled: Controlled,
): Promise<void> {
  const [, wish, name, count] = /^\/(restarts|scales)\/([a-z-]+)(?:\/(\d))?$/.exec(url ?? '') ?? [];
  const service = name as ReplicatedName | undefined;
  if (!isSameSecret(headers.authorization ?? '', `Bearer ${key}`) || service === undefined) {
    response.writeHead(404).end();
    return;
  }
  const tell = (line: string): void => void response.write(`${line}\n`);
  try {
    if (wish === 'scales') await controlled.scale(service, Number(count), tell);
    else await controlled.restart(service, tell);
  } catch (error) {
    tell(`${failed}${error instanceof Error ? error.message : String(error)}`);
  }
  response.end();
}

/** Has the supervisor of a state folder do one thing after the other, and tells its progress. */
export async function askSupervisor(file: string, wishes: Wish, say: (line: string) => void): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new UsageError('no cluster runs here\nfix: npm run cluster, in another terminal');
  const { port, key } = JSON.parse(text) as Access;
  for (const wish of wishes) {
    const response = await fetch(`http://127.0.0.1:${port}/${wish}`, {
      headers: { authorization: `Bearer ${key}` },
    }).catch(() => undefined);
    if (!response?.ok) throw new UsageError('the cluster does not answer\nfix: see whether it still runs');
    const lines = (await response.text()).trimEnd().split('\n');
    const end = lines.findIndex((line) => line.startsWith(failed));
    for (const line of end < 0 ? lines : lines.slice(0, end)) say(line);
    // Whatever follows belongs to it: the end of a log.
    if (end >= 0) throw new Error(lines.slice(end).join('\n').slice(failed.length));
  }
}
