import { Resource } from '@signalbox/chassis';
import type { Versioned } from '@signalbox/persistence';
import type { Application } from './application.js';

/** An application as REST answers it. */
export type ShownApplication = Omit<Application, 'id'> & { name: string; createdAt: string; updatedAt: string };

export function shown(
  { state, version, createdAt, updatedAt }: Versioned<Application>,
  status?: number,
): Resource<ShownApplication> {
  const { id, ...rest } = state;
  const body = { name: id, ...rest, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return new Resource(body, version, status === undefined ? {} : { status, location: `/v1/applications/${id}` });
}
