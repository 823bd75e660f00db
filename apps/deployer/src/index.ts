import type { ServiceDefinition } from '@signalbox/chassis';
import { answers } from './answers.generated.js';
import type { DeployerConfig } from './config.js';
import { DeployerModule } from './deployer.module.js';
import { migrations } from './migrations/index.js';

export { deployerConfig } from './config.js';
export type { DeployerConfig } from './config.js';

export const deployer: ServiceDefinition<DeployerConfig> = {
  name: 'deployer',
  title: 'Signalbox deployer',
  answers,
  migrations,
  module: (context) => DeployerModule.create(context),
};
