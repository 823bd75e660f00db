import { buildCoordinator, buildCoordinatorConfig } from '@signalbox/build-coordinator';
import { readConfig, startService } from '@signalbox/chassis';
import type { RunningService } from '@signalbox/chassis';
import { deployer, deployerConfig } from '@signalbox/deployer';
import { feedback, feedbackConfig } from '@signalbox/feedback';
import { gateway, gatewayConfig } from '@signalbox/gateway';
import { monitor, monitorConfig } from '@signalbox/monitor';
import { planning, planningConfig } from '@signalbox/planning';
import { testOrchestrator, testOrchestratorConfig } from '@signalbox/test-orchestrator';

type Start = (variables: Record<string, string>) => Promise<RunningService>;

/** Every service this process can host, each started from its own variables. */
export const services: Record<string, Start> = {
  planning: (variables) => startService(planning, readConfig(planningConfig, variables)),
  'build-coordinator': (variables) => startService(buildCoordinator, readConfig(buildCoordinatorConfig, variables)),
  'test-orchestrator': (variables) => startService(testOrchestrator, readConfig(testOrchestratorConfig, variables)),
  deployer: (variables) => startService(deployer, readConfig(deployerConfig, variables)),
  monitor: (variables) => startService(monitor, readConfig(monitorConfig, variables)),
  feedback: (variables) => startService(feedback, readConfig(feedbackConfig, variables)),
  gateway: (variables) => startService(gateway, readConfig(gatewayConfig, variables)),
};
