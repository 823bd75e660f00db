import { contract } from './parts.js';
import { contractSuite } from './suite.js';

contractSuite(
  'the embedded log',
  async (postgres) => ({
    address: { kind: 'embedded', databaseUrl: await postgres.url('log') },
    stop: () => Promise.resolve(),
  }),
  contract,
);
