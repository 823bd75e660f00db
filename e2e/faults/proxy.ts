import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';
import { DelayedStream } from './delayed-stream.js';

export type Direction = 'to-server' | 'to-client';

/** What a tap says of some bytes: hand them on, keep them, or keep them and end the connection. */
export type Verdict = 'pass' | 'keep' | 'cut';
export type Tap = (link: Link, direction: Direction, bytes: Buffer) => Verdict;

/** Splits a stream into the pieces that taps see; a piece goes on as a whole. */
export interface Framing {
  push(bytes: Buffer): Buffer[];
}

export interface ProxyOptions {
  /** Where the server listens now: one that is started again may have moved. */
  target(): number;
  framing?(direction: Direction): Framing;
  /** Told of all that clients send, before any tap and whatever becomes of it. */
  hear?(link: Link, bytes: Buffer): void;
}

/** One client's connection through a proxy. */
export class Link {
  /** The first bytes that the client sent: PostgreSQL's tell user and database. */
  greeting = '';
  private readonly framings: Record<Direction, Framing | undefined>;
  readonly streams: Readonly<Record<Direction, DelayedStream>>;

  constructor(
    readonly client: Socket,
    readonly server: Socket,
    framing: ProxyOptions['framing'],
  ) {
    this.streams = { 'to-server': new DelayedStream(server), 'to-client': new DelayedStream(client) };
    this.framings = { 'to-server': framing?.('to-server'), 'to-client': framing?.('to-client') };
  }

  /** The client's own port, by which its process is found. */
  get clientPort(): number {
    return this.client.remotePort ?? 0;
  }

  /** The port under which the server knows this link. */
  get serverSidePort(): number {
    return this.server.localPort ?? 0;
  }

  pieces(direction: Direction, bytes: Buffer): Buffer[] {
    if (direction === 'to-server' && this.greeting === '') this.greeting = bytes.toString('latin1');
    return this.framings[direction]?.push(bytes) ?? [bytes];
  }

  cut(): void {
    this.client.destroy();
    this.server.destroy();
  }
}

/** A TCP proxy that can refuse, stall, delay, and look at what passes. */
export class Proxy {
  private readonly links = new Set<Link>();
  private readonly taps = new Set<Tap>();
  private isOpen = true;
  private isStalled = false;
  private delayMs: (link: Link) => number = () => 0;

  private constructor(
    private readonly listening: Server,
    private readonly options: ProxyOptions,
  ) {
    listening.on('connection', (client) => this.connect(client));
  }

  static async start(options: ProxyOptions): Promise<Proxy> {
    const listening = createServer({ allowHalfOpen: false });
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return new Proxy(listening, options);
  }

  get port(): number {
    return (this.listening.address() as AddressInfo).port;
  }

  /** Nothing gets through, and who tries is told so at once. */
  partition(): void {
    this.isOpen = false;
    for (const link of this.links) link.cut();
  }

  /** Connections stay, and nothing passes: what a machine leaves that has lost its network. */
  stall(): void {
    this.isStalled = true;
    for (const { client, server } of this.links) {
      client.pause();
      server.pause();
    }
  }

  /** @param delayMs of each piece in either direction */
  slow(delayMs: (link: Link) => number): void {
    this.delayMs = delayMs;
  }

  /** @returns what takes the tap away */
  tap(tap: Tap): () => void {
    this.taps.add(tap);
    return () => this.taps.delete(tap);
  }

  /** What was stalled is ended, as by a peer that has been restarted: its bytes may be half a statement. */
  heal(): void {
    this.isOpen = true;
    this.delayMs = () => 0;
    this.taps.clear();
    if (!this.isStalled) return;
    this.isStalled = false;
    for (const link of this.links) link.cut();
  }

  /** The link whose server side has this port. */
  find(serverSidePort: number): Link | undefined {
    return [...this.links].find((link) => link.serverSidePort === serverSidePort);
  }

  async stop(): Promise<void> {
    this.partition();
    this.listening.close();
    await once(this.listening, 'close');
  }

  private connect(client: Socket): void {
    if (!this.isOpen) {
      client.resetAndDestroy();
      return;
    }
    const server = createConnection({ port: this.options.target(), host: '127.0.0.1' });
    const link = new Link(client, server, this.options.framing);
    this.links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay();
      socket.on('error', () => link.cut());
      socket.once('close', () => {
        link.cut();
        this.links.delete(link);
      });
    }
    client.on('data', (bytes) => this.forward(link, 'to-server', bytes));
    server.on('data', (bytes) => this.forward(link, 'to-client', bytes));
    if (this.isStalled) {
      client.pause();
      server.pause();
    }
  }

  private forward(link: Link, direction: Direction, bytes: Buffer): void {
    if (direction === 'to-server') this.options.hear?.(link, bytes);
    for (const piece of link.pieces(direction, bytes)) {
      const verdicts = [...this.taps].map((tap) => tap(link, direction, piece));
      if (verdicts.includes('cut')) return link.cut();
      if (verdicts.includes('keep')) continue;
      link.streams[direction].write(piece, this.delayMs(link));
    }
  }
}
