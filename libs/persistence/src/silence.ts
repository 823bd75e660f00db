import type { Socket } from 'node:net';
import type { Pool } from 'pg';

/** Longer than anything asked of a database takes, and than any lock is waited for. */
export const usualSilenceMs = 120_000;

/**
 * Ends connections on which a server says nothing for so long: one whose machine has vanished answers nothing, and TCP
 * waits for it for a quarter of an hour. What was asked fails as with any lost connection, and is asked again elsewhere.
 */
export function endSilentConnections(pool: Pool, silentMs: number): void {
  const limited = new WeakSet<object>();
  // When it is taken, not when it is made: those that were made before must not stay without.
  pool.on('acquire', (client) => {
    if (limited.has(client)) return;
    limited.add(client);
    // Not in pg's types: the socket under its protocol.
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.setTimeout(silentMs, () =>
      stream.destroy(new Error(`connection terminated: silent for ${silentMs / 1000}s`)),
    );
  });
}
