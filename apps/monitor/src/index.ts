import type { ServiceDefinition } from '@signalbox/chassis';
import { answers } from './answers.generated.js';
import { judgementsKept } from './analysis/judgement.store.js';
import type { MonitorConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { MonitorModule } from './monitor.module.js';

export { monitorConfig } from './config.js';
export type { MonitorConfig } from './config.js';

export const monitor: ServiceDefinition<MonitorConfig> = {
  name: 'monitor',
  title: 'Signalbox monitor',
  answers,
  migrations,
  keeps: [judgementsKept],
  module: (context) => MonitorModule.create(context),
};
