import { Resource } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import type { Application } from './application.js';

/** An application as REST answers it. */
export function shown({ state, version, createdAt, updatedAt }: Versioned<Application>, status?: number): Resource {
  const { id, ...rest } = state;
  const body = { name: id, ...rest, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return new Resource(body, version, status === undefined ? {} : { status, location: `/v1/applications/${id}` });
}
