import type { Client } from './client.js';
import { Failure } from './failure.js';

/** Environments of an application that was just registered: none, while who reserves their addresses has not heard of it. */
export async function reserved<T>(client: Client, of: { application: string; environment?: string }): Promise<T[]> {
  try {
    return await client.list<T>('/v1/environments', of);
  } catch (error) {
    if (error instanceof Failure && error.details.code === 'not_found') return [];
    throw error;
  }
}
