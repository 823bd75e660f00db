import { signalbox } from './cli.js';
import type { Installation } from './installation.js';
import type { Journey } from './journey.js';

export interface PersonWish {
  teams?: string[];
  emails?: string[];
  bindings: { role: string; application?: string; team?: string }[];
}

/** A person with a key of their own, saved as a context of the command line. @returns the key */
export async function addPerson(
  installation: Installation,
  journey: Journey,
  name: string,
  wish: PersonWish,
): Promise<string> {
  const { id } = await journey.api<{ id: string }>('POST', '/v1/principals', { name, ...wish });
  const { key } = await journey.api<{ key: string }>('POST', `/v1/principals/${id}/keys`, {});
  const saved = await signalbox(installation, ['context', 'add', name], key);
  if (saved.code !== 0) throw new Error(saved.stderr);
  return key;
}
