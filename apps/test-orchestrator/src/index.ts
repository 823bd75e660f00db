import type { ServiceDefinition } from '@signalbox/chassis';
import { answers } from './answers.generated.js';
import type { TestOrchestratorConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { TestOrchestratorModule } from './test-orchestrator.module.js';

export { testOrchestratorConfig } from './config.js';
export type { TestOrchestratorConfig } from './config.js';

export const testOrchestrator: ServiceDefinition<TestOrchestratorConfig> = {
  name: 'test-orchestrator',
  title: 'Signalbox test-orchestrator',
  answers,
  migrations,
  module: (context) => TestOrchestratorModule.create(context),
};
