import { EventPattern } from '@nestjs/microservices';
import type { EventContract, EventOf, ReceivedEvent } from '@signalbox/domain';
import type { z } from 'zod';

type EventMethod<E> = (event: E, ...context: never[]) => Promise<void>;
type Decorator<E> = <M extends EventMethod<E>>(
  target: object,
  name: string | symbol,
  method: TypedPropertyDescriptor<M>,
) => void;

const outsideMark = 'outside ';

/** `@EventPattern` for a contract: the method takes that contract's event; with `@Payload()` and `@Ctx()`, the context too. */
export function OnEvent<T extends EventContract>(contract: T): Decorator<EventOf<T>> {
  return EventPattern<string>(contract.type);
}

/** The same for what tools outside say of this type; `customData` is the sender's own and unknown. */
export function OnOutsideEvent<T extends EventContract>(contract: T): Decorator<ReceivedEvent<z.output<T['content']>>> {
  return EventPattern<string>(outsideMark + contract.type);
}

/** What a pattern of either asks for. */
export function readPattern(pattern: string): { type: string; isOutside: boolean } {
  const isOutside = pattern.startsWith(outsideMark);
  return { type: isOutside ? pattern.slice(outsideMark.length) : pattern, isOutside };
}
