// The entry for NestJS services. The core knows no framework: a process that only sends and hears starts in half the time.
export { EventContext, EventTransport, rethrowFilter } from './event-transport.js';
export { OnEvent, OnOutsideEvent } from './on-event.js';
