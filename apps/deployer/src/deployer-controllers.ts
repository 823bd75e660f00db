import type { Type } from '@nestjs/common';
import { DeploymentConsumer } from './deployment/deployment.consumer.js';
import { DeploymentController } from './deployment/deployment.controller.js';
import { EnvironmentConsumer } from './environment/environment.consumer.js';
import { EnvironmentController } from './environment/environment.controller.js';
import { ReferenceConsumer } from './reference/reference.consumer.js';
import { SecretController } from './secret/secret.controller.js';

/** What hears of requests over HTTP and of events. */
export const controllers: Type[] = [
  DeploymentConsumer,
  DeploymentController,
  EnvironmentConsumer,
  EnvironmentController,
  ReferenceConsumer,
  SecretController,
];
