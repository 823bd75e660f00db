import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Lists, ReconcileLoop } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { pokeAndTell } from '@signalbox/persistence';
import { ApplicationService } from './application/application.service.js';
import { ApplicationStore } from './application/application.store.js';
import { ApplicationView } from './application/application.view.js';
import type { PlanningConfig } from './config.js';
import { GateAccess } from './gate/gate.access.js';
import { GateService } from './gate/gate.service.js';
import { GateStore } from './gate/gate.store.js';
import { GateView } from './gate/gate.view.js';
import { ProtectionService } from './gate/protection.service.js';
import { ProtectionStore } from './gate/protection.store.js';
import { PlanningHeartbeat } from './heartbeat.js';
import { controllers } from './planning-controllers.js';
import { PlanningLoops } from './planning-loops.js';
import { ReleaseAccess } from './release/release.access.js';
import { ReleaseCensus } from './release/release-census.view.js';
import { ReleaseReconciler } from './release/release.reconciler.js';
import { ReleaseService } from './release/release.service.js';
import { ReleaseStore } from './release/release.store.js';
import { ReleaseView } from './release/release.view.js';
import { gitEnvironmentOf, GitRepository } from './repository/git-repository.js';
import { RepositoryRules } from './repository/repository-rules.js';
import { SlotService } from './slot/slot.service.js';
import { SlotStore } from './slot/slot.store.js';
import { SlotView } from './slot/slot.view.js';
import { Telemetry } from './telemetry.js';

@Module({})
export class PlanningModule {
  static create({ config, database, messaging, logger, lists, meter }: ServiceContext<PlanningConfig>): DynamicModule {
    const poke: typeof messaging.poke = (committed) => messaging.poke(committed);
    const telemetry = new Telemetry(meter, logger, new ReleaseCensus(database));
    const loops = new PlanningLoops(messaging, new PlanningHeartbeat(database, poke));
    const tell: typeof telemetry.release = (change) => {
      telemetry.release(change);
      loops.changed(change);
    };
    const releases = new ReleaseStore(database, pokeAndTell(poke, tell), (error) =>
      logger.warn({ err: error }, 'a wake-up was lost; the poll makes up for it'),
    );
    const slots = new SlotStore(database);
    const gates = new GateStore(database, pokeAndTell(poke, telemetry.gate));
    const protections = new ProtectionStore(database, poke);
    const applications = new ApplicationService(new ApplicationStore(database, poke));
    const sources = { releases, slots, gates, protections, hearsSince: () => messaging.hearsSince() };
    const gateService = new GateService(database, gates, releases);
    const slotService = new SlotService(slots, releases);
    const service = new ReleaseService(database, sources, gateService, slotService);
    const rules = new RepositoryRules(config.ALLOW_LOCAL_REPOSITORIES);
    const repository = new GitRepository(config.MIRROR_DIRECTORY, gitEnvironmentOf(config), rules);
    const reconciler = new ReleaseReconciler(service, slotService, applications, repository);
    const work = { due: () => reconciler.due(), reconcile: (id: string) => reconciler.reconcile(id) };
    const traceOf = (id: string) => releases.traceparent(id);
    loops.run(service, new ReconcileLoop({ name: 'release', database, logger, traceOf, ...work }));
    const view = new ReleaseView(database, sources, messaging.parked);
    return {
      module: PlanningModule,
      controllers,
      providers: [
        { provide: ApplicationService, useValue: applications },
        { provide: ApplicationView, useValue: new ApplicationView(database) },
        { provide: ReleaseService, useValue: service },
        { provide: ReleaseView, useValue: view },
        { provide: ReleaseAccess, useValue: new ReleaseAccess(service, applications, view) },
        { provide: GateService, useValue: gateService },
        { provide: GateView, useValue: new GateView(database) },
        { provide: GateAccess, useValue: new GateAccess(gateService, applications, service) },
        { provide: ProtectionService, useValue: new ProtectionService(protections) },
        { provide: SlotView, useValue: new SlotView(database) },
        { provide: RepositoryRules, useValue: rules },
        { provide: Lists, useValue: lists },
        { provide: PlanningLoops, useValue: loops },
      ],
    };
  }
}
