import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const require = createRequire(import.meta.url);
const patched = Symbol.for('signalbox.kafkajs.requestQueue');

/**
 * kafkajs 2.2.4 keeps a timer going on every connection that has nothing to send, which costs 4 to 6 % of a core each.
 * Here the check is scheduled only while requests are pending.
 */
export function quietIdleConnections(): void {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== '2.2.4') throw new Error(`the patch of kafkajs' request queue is for 2.2.4, not for ${version}`);
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { [patched]?: true };
  };
  if (prototype[patched]) return;
  prototype[patched] = true;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
