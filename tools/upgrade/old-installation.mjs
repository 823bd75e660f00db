import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/** An installation of another commit, started by that commit's own supervisor. */
export class OldInstallation {
  #supervisor;
  #url;
  #key;

  constructor(checkout, state) {
    this.checkout = checkout;
    this.state = state;
    this.folder = join(state, 'embedded');
  }

  async start() {
    const script = join(this.checkout, 'apps', 'platform', 'dist', 'supervisor', 'start.js');
    const node = join(this.checkout, 'node_modules', '.bin', 'node');
    const env = { ...process.env, SIGNALBOX_STATE: this.state, SIGNALBOX_BEGAN: String(Date.now()) };
    this.#supervisor = spawn(node, [script, '--no-demo'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    const ended = new Promise((_resolve, reject) => {
      this.#supervisor.once('exit', (code) => reject(new Error(`the supervisor ended with ${code}`)));
    });
    ended.catch(() => undefined);
    const file = await Promise.race([
      this.#until('cli.json', () => readFile(join(this.state, 'cli.json'), 'utf8')),
      ended,
    ]);
    const { url, contexts } = JSON.parse(file);
    this.#url = url;
    this.#key = contexts.admin.key;
  }

  async api(method, path, body, key = this.#key) {
    const headers = { authorization: `Bearer ${key}`, ...(method === 'POST' && { 'idempotency-key': randomUUID() }) };
    const init = { method, headers };
    if (body !== undefined) Object.assign(init, { body: JSON.stringify(body) });
    if (body !== undefined) headers['content-type'] = 'application/json';
    const answer = await fetch(this.#url + path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  /** Asks again until `holds`. @returns what it held of */
  async see(path, what, holds) {
    let last;
    const asked = async () => {
      last = await this.api('GET', path);
      return holds(last) && last;
    };
    return this.#until(what, asked).catch((error) => {
      throw new Error(`${error.message}; ${path} is ${JSON.stringify(last)}`);
    });
  }

  async #until(what, ask) {
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; await pause(200)) {
      const found = await ask().catch((error) => (Date.now() > deadline - 1_000 ? Promise.reject(error) : undefined));
      if (found) return found;
    }
    throw new Error(`waited in vain for ${what}`);
  }

  /** One database, as a role that may do everything. */
  async database(name, work) {
    const { port, password } = JSON.parse(await readFile(join(this.folder, 'postgres', 'access.json'), 'utf8'));
    const client = new Client({ connectionString: `postgres://signalbox:${password}@127.0.0.1:${port}/${name}` });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Nobody reaches this database any more, until it is opened again; who uses it finds its connection broken. */
  close(name) {
    return this.database('postgres', async (client) => {
      await client.query(`ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS false`);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    });
  }

  open(name) {
    return this.database('postgres', (client) => client.query(`ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS true`));
  }

  /** As when the power fails, but that PostgreSQL goes on. */
  kill() {
    this.#supervisor.removeAllListeners('exit');
    this.#supervisor.kill('SIGKILL');
    this.#signal('SIGKILL', (command) => !command.includes('postgres'));
  }

  /** What is left of it. */
  end() {
    this.#supervisor?.kill('SIGKILL');
    this.#signal('SIGKILL', (command) => !command.includes('postgres'));
    this.#signal('SIGQUIT', (command) => command.includes('bin/postgres'));
  }

  #signal(name, isMeant) {
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)) {
      const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      const isOurs = command.includes(this.state) || read(`/proc/${pid}/environ`).includes(this.state);
      if (command === '' || !isOurs || !isMeant(command)) continue;
      try {
        process.kill(Number(pid), name);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
