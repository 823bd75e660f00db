import { EventPattern } from '@nestjs/microservices';
import type { EventContract, EventOf } from '@signalbox/domain';

type EventMethod<T extends EventContract> = (event: EventOf<T>, ...context: never[]) => Promise<void>;

/** `@EventPattern` for a contract: the method takes that contract's event; with `@Payload()` and `@Ctx()`, the context too. */
export function OnEvent<T extends EventContract>(
  contract: T,
): <M extends EventMethod<T>>(target: object, name: string | symbol, method: TypedPropertyDescriptor<M>) => void {
  return EventPattern<string>(contract.type);
}
