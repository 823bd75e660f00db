import { createServer } from 'node:http';
import { createStorefront } from './storefront.js';

const server = createServer(createStorefront());
server.listen(Number(process.env.PORT ?? 3000));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
