import type { Pool, PoolClient } from 'pg';

/** Lends a connection of the pool. One that breaks meanwhile tells by its next answer; after a failure it is closed. */
export async function withConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  client.on('error', ignore);
  let failure: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(failure);
  }
}

function ignore(): void {
  return undefined;
}
