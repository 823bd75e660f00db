import { runService } from '@signalbox/chassis';
import { buildCoordinator, buildCoordinatorConfig } from './index.js';

await runService(buildCoordinator, buildCoordinatorConfig, process);
