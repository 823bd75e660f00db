import { Client, route } from '../client.js';
import type { CliConfig } from '../config.js';

interface PrincipalBody {
  id: string;
  name: string;
}

/** Who takes part in the demo; they stay, so that a user can try the rules with them. */
const people = {
  author: { teams: ['shop'], emails: ['author@storefront.example'], bindings: [{ role: 'developer' }] },
  approver: { teams: ['leads'], emails: ['approver@storefront.example'], bindings: [{ role: 'release-manager' }] },
  viewer: { teams: [], emails: [], bindings: [{ role: 'viewer' }] },
};
export type Person = keyof typeof people;
export const author = { name: 'Storefront Author', email: 'author@storefront.example' };

/** Makes each person once, with a key of their own that becomes a context of the CLI. */
export async function preparePeople(admin: Client, config: CliConfig): Promise<Record<Person, Client>> {
  const principals = await admin.list<PrincipalBody>('/v1/principals');
  const clients: Partial<Record<Person, Client>> = {};
  for (const name of Object.keys(people) as Person[]) {
    const known =
      principals.find((principal) => principal.name === name) ??
      (await admin.post<PrincipalBody>('/v1/principals', { name, ...people[name] }));
    if (!config.read().contexts[name]) {
      const { key } = await admin.post<{ key: string }>(route`/v1/principals/${known.id}/keys`);
      config.save((file) => ({ ...file, contexts: { ...file.contexts, [name]: { key } } }));
    }
    clients[name] = new Client(config.access(name), admin.patience);
  }
  return clients as Record<Person, Client>;
}
