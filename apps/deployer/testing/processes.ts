import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { eventually } from '@signalbox/testing';
import { pack } from 'tar-stream';

const node = join(import.meta.dirname, '../../../node_modules/.bin/node');

/** One deployable as a process of its own, that can be killed and started again. */
export class Deployable {
  private child: ChildProcess | undefined;
  private printed = '';

  constructor(
    private readonly main: string,
    private readonly environment: Record<string, string>,
    private readonly isUp: () => Promise<boolean>,
  ) {}

  async start(): Promise<void> {
    const env = { PATH: process.env['PATH'] ?? '', ...this.environment };
    const child = spawn(node, [join(import.meta.dirname, '../..', this.main)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.printed = (this.printed + chunk.toString()).slice(-8_000)));
    await eventually(() => child.exitCode !== null || this.isUp(), { withinMs: 20_000, what: `${this.main} is up` });
    if (child.exitCode !== null) throw new Error(`${this.main} ended: ${this.printed}`);
  }

  get output(): string {
    return this.printed;
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

/** A released application: says its version, does not start when its configuration says so. */
const application = `
import { createServer } from 'node:http';
if (process.env.MODE === 'exits') { console.log('no database'); process.exit(1); }
createServer((request, response) => response.end(process.env.VERSION)).listen(process.env.PORT, '127.0.0.1');
`;

/** Serves one tiny artifact, whatever the address around its digest. */
export class TinyStore {
  digest = '';
  private tar = Buffer.alloc(0);
  private readonly server = createServer((request, response) => {
    if (decodeURIComponent(request.url ?? '').includes(this.digest)) response.end(this.tar);
    else response.writeHead(404).end();
  });

  async start(): Promise<void> {
    const archive = pack();
    archive.entry({ name: 'application.mjs', mode: 0o644, mtime: new Date(0) }, application);
    archive.finalize();
    this.tar = await buffer(archive as unknown as AsyncIterable<Buffer>);
    this.digest = `sha256:${createHash('sha256').update(this.tar).digest('hex')}`;
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
