import type { ServiceDefinition } from '@signalbox/chassis';
import { answers } from './answers.generated.js';
import { BuildCoordinatorModule } from './build-coordinator.module.js';
import type { BuildCoordinatorConfig } from './config.js';
import { migrations } from './migrations/index.js';

export { buildCoordinatorConfig } from './config.js';
export type { BuildCoordinatorConfig } from './config.js';

export const buildCoordinator: ServiceDefinition<BuildCoordinatorConfig> = {
  name: 'build-coordinator',
  title: 'Signalbox build coordinator',
  answers,
  migrations,
  module: (context) => BuildCoordinatorModule.create(context),
};
