import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export interface Artifact {
  digest: string;
  tar: Buffer;
}

export async function packed(files: Record<string, string>): Promise<Artifact> {
  const archive = pack();
  for (const [name, content] of Object.entries(files))
    archive.entry({ name, mode: 0o644, mtime: new Date(0) }, content);
  archive.finalize();
  const tar = await buffer(archive as unknown as AsyncIterable<Buffer>);
  return { tar, digest: `sha256:${createHash('sha256').update(tar).digest('hex')}` };
}

export async function testApplication(): Promise<Artifact> {
  return packed({ 'application.mjs': await testProgram() });
}

export function testProgram(): Promise<string> {
  return readFile(join(import.meta.dirname, 'application.mjs'), 'utf8');
}

/** Serves artifacts by digest and counts how often each was fetched. */
export class ArtifactServer {
  readonly fetched: string[] = [];
  private readonly artifacts = new Map<string, Buffer>();
  private readonly refusals = new Map<string, { status: number; body: string }>();
  private readonly server = createServer((request, response) => {
    const digest = decodeURIComponent((request.url ?? '').slice(1));
    this.fetched.push(digest);
    const tar = this.artifacts.get(digest);
    const { status, body } = this.refusals.get(digest) ?? { status: 404, body: '' };
    if (tar) response.end(tar);
    else response.writeHead(status).end(body);
  });

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  add(digest: string, tar: Buffer): void {
    this.artifacts.set(digest, tar);
  }

  refuse(digest: string, status: number, body = ''): void {
    this.refusals.set(digest, { status, body });
  }

  url(digest: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${encodeURIComponent(digest)}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
