import type { ServiceDefinition } from '@signalbox/chassis';
import { answers } from './answers.generated.js';
import type { PlanningConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { PlanningModule } from './planning.module.js';

export { planningConfig } from './config.js';
export type { PlanningConfig } from './config.js';

export const planning: ServiceDefinition<PlanningConfig> = {
  name: 'planning',
  title: 'Signalbox planning',
  answers,
  migrations,
  module: (context) => PlanningModule.create(context),
};
