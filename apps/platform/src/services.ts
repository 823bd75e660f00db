import { buildCoordinator, buildCoordinatorConfig } from '@signalbox/build-coordinator';
import { databaseMigration, startService } from '@signalbox/chassis';
import type { MigrationStep, RunningService, ServiceConfig, ServiceDefinition } from '@signalbox/chassis';
import { deployer, deployerConfig } from '@signalbox/deployer';
import { readConfig } from '@signalbox/domain';
import { feedback, feedbackConfig } from '@signalbox/feedback';
import { gateway, gatewayConfig } from '@signalbox/gateway';
import { monitor, monitorConfig } from '@signalbox/monitor';
import { planning, planningConfig } from '@signalbox/planning';
import { testOrchestrator, testOrchestratorConfig } from '@signalbox/test-orchestrator';
import type { z } from 'zod';

interface Hosted {
  start(variables: Record<string, string>): Promise<RunningService>;
  /** The step before its start. */
  migration(variables: Record<string, string>): MigrationStep;
}

/** Every service this process can host, each from its own variables. */
export const services: Record<string, Hosted> = {
  planning: hosted(planning, planningConfig),
  'build-coordinator': hosted(buildCoordinator, buildCoordinatorConfig),
  'test-orchestrator': hosted(testOrchestrator, testOrchestratorConfig),
  deployer: hosted(deployer, deployerConfig),
  monitor: hosted(monitor, monitorConfig),
  feedback: hosted(feedback, feedbackConfig),
  gateway: hosted(gateway, gatewayConfig),
};

function hosted<S extends z.ZodObject>(definition: ServiceDefinition<ServiceConfig & z.output<S>>, schema: S): Hosted {
  return {
    start: (variables) => startService(definition, readConfig(schema, variables) as ServiceConfig & z.output<S>),
    migration: (variables) => databaseMigration(definition, variables),
  };
}
