import type { Migration } from '@signalbox/messaging';
import { aggregateTable } from '@signalbox/persistence';

/** Append-only: expand, then contract. */
export const migrations: Migration[] = [
  {
    name: '20261123100000-planning',
    up: [
      ...aggregateTable('application', 'team text NOT NULL'),
      ...aggregateTable(
        'release',
        'application text NOT NULL, team text NOT NULL, app_version text, status text NOT NULL',
      ),
      'CREATE UNIQUE INDEX release_version ON release (application, app_version)',
      'CREATE INDEX release_status ON release (status, id)',
      'CREATE INDEX release_application ON release (application, id DESC)',
      ...aggregateTable('slot', 'application text NOT NULL, environment text NOT NULL'),
      ...aggregateTable('gate', 'kind text NOT NULL, removed boolean NOT NULL'),
      'CREATE INDEX gate_kind ON gate (kind) WHERE NOT removed',
      ...aggregateTable('protection'),
      ...aggregateTable('heartbeat'),
    ],
  },
];
