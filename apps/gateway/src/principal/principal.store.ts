import type { Database } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { ApiKey, Principal } from './principal.js';

export class PrincipalStore extends Store<Principal> {
  constructor(database: Database) {
    super(database, {
      aggregate: 'principal',
      table: 'principal',
      source: '/signalbox/gateway',
      columns: ({ name }) => ({ name }),
    });
  }

  /** Does `work` while no other replica does the like. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.database.runWithRetry(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('principal'))`);
      return work();
    });
  }

  /** For whatever: of all, one or some applications. */
  withRole(role: string) {
    return this.select(`state->'bindings' @> jsonb_build_array(jsonb_build_object('role', $1::text))`, [role]);
  }

  async findByName(name: string) {
    const [found] = await this.select('name = $1', [name], { limit: 1 });
    return found;
  }
}

export class ApiKeyStore extends Store<ApiKey> {
  constructor(database: Database) {
    super(database, {
      aggregate: 'API key',
      table: 'api_key',
      source: '/signalbox/gateway',
      columns: ({ principalId, hash }) => ({ principal_id: principalId, hash }),
    });
  }

  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const [found] = await this.select('hash = $1', [hash], { limit: 1 });
    return found?.state;
  }

  async ofPrincipal(principalId: string): Promise<ApiKey[]> {
    return (await this.select('principal_id = $1', [principalId], { orderBy: 'id' })).map(({ state }) => state);
  }
}
