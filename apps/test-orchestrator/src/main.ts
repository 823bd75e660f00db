import { runService } from '@signalbox/chassis';
import { testOrchestrator, testOrchestratorConfig } from './index.js';

await runService(testOrchestrator, testOrchestratorConfig, process);
