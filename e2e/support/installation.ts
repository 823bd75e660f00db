import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@signalbox/testing';

export const root = join(import.meta.dirname, '..', '..');
const supervisor = join(root, 'apps', 'platform', 'dist', 'supervisor', 'start.js');

/** How tests run the demo: more traffic and shorter intervals than people would watch. */
export const fastDemo = { DEMO_RPS: '400', DEMO_INTERVAL: '500ms', DEMO_BAKE: '2s' };

/** A folder that PostgreSQL's own user can come through: else it would store elsewhere, where nobody tidies up. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-e2e-'));
  chmodSync(folder, 0o711);
  return folder;
}

/** A whole Signalbox in a folder of its own, started as `npm start` does. */
export class Installation {
  private static readonly started = new Set<Installation>();

  /** For tests that make many: also those of a test that failed half-way. */
  static async discardAll(): Promise<void> {
    await Promise.all([...Installation.started].map((installation) => installation.discard()));
  }

  output = '';
  private child: ChildProcess | undefined;
  private exited: Promise<number> | undefined;
  private hasClosed = false;

  constructor(
    private readonly args: readonly string[],
    readonly state = stateFolder(),
    private readonly variables: Record<string, string> = {},
  ) {}

  start(): void {
    const env = {
      ...process.env,
      ...fastDemo,
      SIGNALBOX_STATE: this.state,
      SIGNALBOX_BEGAN: String(Date.now()),
      ...this.variables,
    };
    const child = spawn(process.execPath, [supervisor, ...this.args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.output += String(chunk)));
    this.child = child;
    Installation.started.add(this);
    // Closed, not only ended: what it said last has been read.
    this.hasClosed = false;
    this.exited = new Promise((resolve) =>
      child.once('close', (code) => {
        this.hasClosed = true;
        resolve(code ?? 1);
      }),
    );
  }

  async ready(): Promise<void> {
    await this.says(/^Signalbox \S+ ready in/m, 120_000);
  }

  async says(pattern: RegExp, withinMs: number): Promise<void> {
    await eventually(async () => pattern.test(this.output) || this.hasClosed, {
      withinMs,
      what: `the output to match ${pattern}`,
    });
    if (!pattern.test(this.output)) throw new Error(`it ended without saying ${pattern}:\n${this.output}`);
  }

  /** Waits until one of our processes has this in its command. */
  async runs(command: string): Promise<void> {
    const isThere = () => this.processes().some((each) => each.command.includes(command));
    await eventually(async () => isThere() || this.hasClosed, {
      withinMs: 30_000,
      what: `${command} to begin`,
    });
    if (this.hasClosed) throw new Error(`it ended before ${command} began:\n${this.output}`);
  }

  exit(): Promise<number> {
    return this.exited ?? Promise.reject(new Error('not started'));
  }

  /** Ctrl-C, then the end of everything. */
  async stop(): Promise<number> {
    this.child?.kill('SIGINT');
    return this.exit();
  }

  /** Ends all of it without a clean stop, for which nobody would wait, and removes what it stored. */
  async discard(): Promise<void> {
    await this.end();
    rmSync(this.state, { recursive: true, force: true });
  }

  /** Ends all of it likewise; what it stored stays, its logs too. */
  async end(): Promise<void> {
    Installation.started.delete(this);
    await eventually(
      () => {
        const left = this.processes();
        for (const each of left) end(each);
        return left.length === 0;
      },
      { what: `the processes of ${this.state} to be gone` },
    );
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get url(): string {
    return (JSON.parse(readFileSync(join(this.state, 'cli.json'), 'utf8')) as { url: string }).url;
  }

  private get broker(): string {
    return (JSON.parse(readFileSync(join(this.state, 'cli.json'), 'utf8')) as { broker: string }).broker;
  }

  get adminKey(): string {
    const file = JSON.parse(readFileSync(join(this.state, 'cli.json'), 'utf8')) as {
      contexts: { admin: { key: string } };
    };
    return file.contexts.admin.key;
  }

  /** The pid of one of our processes by its script: `platform`, `host`, `runner`, a service. */
  pidOf(app: string): number {
    const found = this.processes().find(({ command }) => command.includes(`/apps/${app}/dist/bundle/main.js`));
    if (!found) throw new Error(`${app} does not run`);
    return found.pid;
  }

  /** Kills one of our processes and waits for the one that takes its place to be ready. */
  async killAndAwait(app: string): Promise<void> {
    const killed = this.pidOf(app);
    process.kill(killed, 'SIGKILL');
    await eventually(() => this.pidOf(app) !== killed, { withinMs: 20_000, what: `another ${app}` });
    const { ports } = JSON.parse(
      readFileSync(join(this.state, this.broker, 'secrets', 'installation.json'), 'utf8'),
    ) as {
      ports: Record<string, number>;
    };
    const port = ports[app];
    if (port === undefined) return;
    const url = `http://127.0.0.1:${port}/health/ready`;
    await eventually(async () => (await fetch(url).catch(() => undefined))?.ok, {
      withinMs: 30_000,
      what: `${app} to be ready again`,
    });
  }

  /** Asks one of our processes to end; its supervisor, which starts another, says how it did. */
  async terminate(app: string): Promise<{ seconds: number; how: string }> {
    const [pid, said, began] = [this.pidOf(app), this.output.length, performance.now()];
    process.kill(pid, 'SIGTERM');
    const isGone = () => read(`/proc/${pid}/cmdline`) === '';
    await eventually(isGone, { withinMs: 30_000, what: `${app} to end` });
    const seconds = (performance.now() - began) / 1_000;
    const told = new RegExp(`^${app}(?:-\\d+)? died \\((.*)\\); starting it again$`, 'm');
    const how = await eventually(() => told.exec(this.output.slice(said))?.[1], {
      what: `the end of ${app} to be told`,
    });
    return { seconds, how };
  }

  /** Every process that works in this state folder, or knows it from its environment or its arguments. */
  processes(): { pid: number; command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((name) => {
        const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ');
        const isOurs =
          command !== '' &&
          (command.includes(this.state) ||
            read(`/proc/${name}/environ`).includes(this.state) ||
            folderOf(name).startsWith(this.state));
        return isOurs ? [{ pid: Number(name), command }] : [];
      });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** PostgreSQL ends by itself at once, its sessions with it: killed, it would leave its shared memory behind. */
function end({ pid, command }: { pid: number; command: string }): void {
  if (command.startsWith('postgres:')) return;
  try {
    process.kill(pid, command.includes('bin/postgres') ? 'SIGQUIT' : 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
