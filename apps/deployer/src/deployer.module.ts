import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Lists, signStoreUrl } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { pokeAndTell } from '@signalbox/persistence';
import type { DeployerConfig } from './config.js';
import { controllers } from './deployer-controllers.js';
import { DeployerLoops } from './deployer-loops.js';
import { DeploymentCensus } from './deployment/deployment-census.view.js';
import { DeploymentService } from './deployment/deployment.service.js';
import { DeploymentStore } from './deployment/deployment.store.js';
import { DeploymentView } from './deployment/deployment.view.js';
import { EnvironmentReconciler } from './environment/environment.reconciler.js';
import { EnvironmentService } from './environment/environment.service.js';
import { EnvironmentStore } from './environment/environment.store.js';
import { EnvironmentView } from './environment/environment.view.js';
import { ReferenceService } from './reference/reference.service.js';
import { ReferenceStore } from './reference/reference.store.js';
import { SecretBox } from './secret/secret-box.js';
import { SecretService } from './secret/secret.service.js';
import { SecretStore } from './secret/secret.store.js';
import { hostSeen } from './target/host-seen.js';
import { ProcessTarget } from './target/process-target.js';
import { Telemetry } from './telemetry.js';

/** Stable for a digest, so that the host's desired state does not change with the clock. */
const farExpiry = new Date('2100-01-01T00:00:00Z');

@Module({})
export class DeployerModule {
  static create(context: ServiceContext<DeployerConfig>): DynamicModule {
    const { config, database, messaging, logger, lists, meter } = context;
    const loops: { current?: DeployerLoops } = {};
    const poke: typeof messaging.poke = (committed) => {
      messaging.poke(committed);
      loops.current?.poke();
    };
    const telemetry = new Telemetry(meter, logger, new DeploymentCensus(database));
    const environmentStore = new EnvironmentStore(database, poke);
    const environments = new EnvironmentService(environmentStore);
    const references = new ReferenceStore(database);
    const secrets = new SecretStore(database, new SecretBox(config.SECRET_KEY));
    const deployments = new DeploymentService({
      database,
      deployments: new DeploymentStore(database, pokeAndTell(poke, telemetry.deployment)),
      environmentStore,
      environments,
      references,
      secrets,
      hearsSince: () => messaging.hearsSince(),
    });
    const target = new ProcessTarget(config.HOST_URL, config.HOST_KEY, database.tracer);
    const view = new EnvironmentView(database);
    context.status.add(async () => ({ hosts: [await hostSeen(target, () => view.put())] }));
    const artifactUrl = (digest: string) => signStoreUrl(config.STORE_URL, config.STORE_KEY, 'GET', digest, farExpiry);
    const reconciler = new EnvironmentReconciler({ environments, deployments, target, artifactUrl, logger, telemetry });
    loops.current = new DeployerLoops({ database, logger }, reconciler, target);
    return {
      module: DeployerModule,
      controllers,
      providers: [
        { provide: DeploymentService, useValue: deployments },
        { provide: DeploymentView, useValue: new DeploymentView(database) },
        { provide: EnvironmentService, useValue: environments },
        { provide: EnvironmentView, useValue: view },
        { provide: ReferenceService, useValue: new ReferenceService(database, references, poke) },
        { provide: SecretService, useValue: new SecretService(secrets, poke) },
        { provide: Lists, useValue: lists },
        { provide: DeployerLoops, useValue: loops.current },
      ],
    };
  }
}
