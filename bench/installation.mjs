import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);
const supervisor = join(import.meta.dirname, '..', 'apps', 'platform', 'dist', 'supervisor', 'start.js');

/** A whole Signalbox in a folder of its own, as `npm start` runs it. */
export class Installation {
  #child;
  #output = '';
  #access;

  /** @param args `['--cluster', …]` for a process of each service */
  static async start(args = []) {
    const made = new Installation();
    made.state = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
    // PostgreSQL's own user must come through, or its data would stay elsewhere.
    await chmod(made.state, 0o711);
    made.folder = join(made.state, args.includes('--cluster') ? 'kafka' : 'embedded');
    const env = { ...process.env, SIGNALBOX_STATE: made.state, SIGNALBOX_BEGAN: String(Date.now()) };
    made.#child = spawn(process.execPath, [supervisor, '--no-demo', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await made.#ready();
    return made;
  }

  async #ready() {
    await new Promise((resolve, reject) => {
      for (const stream of [this.#child.stdout, this.#child.stderr])
        stream.on('data', (chunk) => {
          this.#output += String(chunk);
          if (this.#output.includes(' ready in ')) resolve();
        });
      this.#child.once('exit', () => reject(new Error(`it ended before it was ready:\n${this.#output}`)));
    });
    const { url, contexts } = JSON.parse(await readFile(join(this.state, 'cli.json'), 'utf8'));
    this.url = url;
    this.adminKey = contexts.admin.key;
    this.#access = JSON.parse(await readFile(join(this.folder, 'postgres', 'access.json'), 'utf8'));
  }

  /** Everything is stopped, and what was stored is gone. */
  async stop() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    await ended;
    await rm(this.state, { recursive: true, force: true });
  }

  /** What the supervisor has said since it began. */
  get said() {
    return this.#output;
  }

  get pid() {
    return this.#child.pid;
  }

  async api(method, path, body, key = this.adminKey) {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const answer = await fetch(this.url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  /** Asks again until `holds`. */
  async until(path, holds, withinMs = 60_000) {
    let last;
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await pause(100)) {
      last = await this.api('GET', path);
      if (holds(last)) return last;
    }
    throw new Error(`${path} is still ${JSON.stringify(last)}`);
  }

  /** Keys of as many principals: each may ask a hundred times a second. */
  keys(count) {
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const reader = { name: `reader-${index}`, bindings: [{ role: 'admin' }] };
        const { id } = await this.api('POST', '/v1/principals', reader);
        return (await this.api('POST', `/v1/principals/${id}/keys`, {})).key;
      }),
    );
  }

  /** A connection to one database, as a role that may do everything. */
  async database(name) {
    const { port, password } = this.#access;
    const client = new Client({ connectionString: `postgres://signalbox:${password}@127.0.0.1:${port}/${name}` });
    await client.connect();
    return client;
  }
}

const server = `require('node:http')
  .createServer((request, response) => response.end(process.env.VERSION))
  .listen(process.env.PORT);
`;

/** An application of one file, which its build only checks, and which is replaced at once. */
export class Shop {
  constructor(installation, name) {
    this.installation = installation;
    this.name = name;
    this.directory = join(installation.state, 'repositories', name);
  }

  async register() {
    const manifestText = `apiVersion: signalbox/v1
name: ${this.name}
build: { steps: [{ run: [node, --check, server.js] }] }
runtime: { command: [node, server.js], stopTimeout: 1s }
environments:
  staging: {}
  production: { strategy: recreate, watch: { bake: 0s } }
`;
    await mkdir(this.directory, { recursive: true });
    await run('git', ['init', '--quiet', '--initial-branch=main'], { cwd: this.directory });
    await this.change('feat: the beginning', { 'server.js': server, 'signalbox.yaml': manifestText });
    const wish = { manifestText, repository: this.directory, team: 'bench' };
    await this.installation.api('POST', '/v1/applications', wish);
  }

  async change(message, files = {}) {
    for (const [path, text] of Object.entries(files)) await writeFile(join(this.directory, path), text);
    await run('git', ['add', '--all'], { cwd: this.directory });
    const author = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com'];
    await run('git', [...author, 'commit', '--quiet', '--allow-empty', '-m', message], { cwd: this.directory });
  }

  /** @returns the release when it has ended so */
  async release(status, wish = {}) {
    const { id } = await this.installation.api('POST', '/v1/releases', { application: this.name, ...wish });
    const ended = await this.installation.until(
      `/v1/releases/${id}`,
      (seen) => !['draft', 'planned', 'running'].includes(seen.status),
    );
    if (ended.status !== status)
      throw new Error(`${this.name} ${ended.status}, not ${status}: ${JSON.stringify(ended.cause)}`);
    return ended;
  }
}
