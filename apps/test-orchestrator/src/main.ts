import { readConfig, runMain, startService } from '@signalbox/chassis';
import { testOrchestrator, testOrchestratorConfig } from './index.js';

await runMain('test-orchestrator', () =>
  startService(testOrchestrator, readConfig(testOrchestratorConfig, process.env)),
);
