import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server, ServerResponse } from 'node:http';
import type { BeforeApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * A connection that is in use is told with its next answer. One that is closed unasked could be used in that very
 * moment, and its caller would not know what became of the call.
 */
const toldWithinMs = 300;
/** What takes longer is cut: of ten seconds to end in, messaging needs most of the rest. */
const answeredWithinMs = 3_000;

/** Requests in hand are answered before their service ends, and each answer has its caller connect anew, elsewhere. */
export class RequestsInHand implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly open = new Set<ServerResponse>();
  private server: Server | undefined;
  private isEnding = false;
  private answered: Promise<void> = Promise.resolve();

  observe(app: NestFastifyApplication): void {
    const fastify = app.getHttpAdapter().getInstance();
    this.server = fastify.server as Server;
    fastify.addHook('onRequest', (request, reply, done) => {
      this.open.add(reply.raw);
      const { socket } = request.raw;
      // A connection lasts for many requests, and what hangs on it would last as long.
      const forget = (): void => {
        this.open.delete(reply.raw);
        socket.off('close', forget);
      };
      reply.raw.once('close', forget);
      // A response behind others of its connection may never close by itself.
      socket.once('close', forget);
      done();
    });
    fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.isEnding) void reply.header('connection', 'close');
      done();
    });
  }

  /** While streams, long polls and loops are told to end. */
  onModuleDestroy(): void {
    this.isEnding = true;
    this.answered = this.untilAnswered();
  }

  /** Before messaging ends, which sends what they have committed. */
  beforeApplicationShutdown(): Promise<void> {
    return this.answered;
  }

  private async untilAnswered(): Promise<void> {
    await delay(toldWithinMs);
    this.server?.close();
    const tooLate = AbortSignal.timeout(answeredWithinMs);
    // Over connections that are open further ones may come meanwhile.
    while (this.open.size > 0 && !tooLate.aborted) {
      const [response] = this.open;
      if (response) await once(response, 'close', { signal: tooLate }).catch(() => undefined);
    }
  }
}
