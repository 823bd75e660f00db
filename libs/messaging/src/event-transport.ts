import { Catch } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { BaseRpcContext, Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { knownContracts } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import { isObservable, lastValueFrom, throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Messaging } from './messaging.js';
import { readPattern } from './on-event.js';
import type { Tx } from './ports.js';

/** What `@Ctx()` gives a handler. */
export class EventContext extends BaseRpcContext<[ReceivedEvent, Tx]> {
  get tx(): Tx {
    return this.getArgByIndex(1);
  }
}

/**
 * Lets NestJS controllers handle events with `@OnEvent(contract)`. Listening registers the handlers and starts
 * messaging, closing stops it; needs `rethrowFilter` as the microservice's global filter.
 */
export class EventTransport extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;

  constructor(private readonly messaging: Messaging) {
    super();
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    let failure: unknown;
    try {
      for (const [pattern, handler] of this.messageHandlers) this.register(pattern, handler);
      await this.messaging.start();
    } catch (error) {
      failure = error;
    }
    callback(failure);
  }

  close(): Promise<void> {
    return this.messaging.stop();
  }

  on(): never {
    throw new Error('messaging reports through its status, not through events of the transport');
  }

  unwrap<T>(): T {
    return this.messaging as T;
  }

  private register(pattern: string, handler: MessageHandler): void {
    const { type, isOutside } = readPattern(pattern);
    const contract = knownContracts().get(type);
    if (!contract) throw new Error(`no contract for the event type ${type}`);
    const handle = async (event: ReceivedEvent, tx: Tx) => {
      const answer: unknown = await handler(event, new EventContext([event, tx]));
      if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
    };
    if (isOutside) this.messaging.onOutside(contract, handle);
    else this.messaging.on(contract, handle);
  }
}

/** Gives handlers' errors to messaging as they are; Nest's own filter would log and replace them. */
@Catch()
class RethrowFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

export const rethrowFilter: RpcExceptionFilter = new RethrowFilter();
