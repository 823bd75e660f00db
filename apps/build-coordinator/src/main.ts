import { readConfig, runMain, startService } from '@signalbox/chassis';
import { buildCoordinator, buildCoordinatorConfig } from './index.js';

await runMain('build-coordinator', () =>
  startService(buildCoordinator, readConfig(buildCoordinatorConfig, process.env)),
);
