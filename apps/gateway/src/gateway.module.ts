import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Lists } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { ActivityArchive } from './activity/activity.archive.js';
import { ActivityStream } from './activity/activity.stream.js';
import { ActivityController } from './activity/activity.controller.js';
import { ActivityStore } from './activity/activity.store.js';
import { ActivityView } from './activity/activity.view.js';
import type { GatewayConfig } from './config.js';
import { EventSourceController } from './event-source/event-source.controller.js';
import { EventSourceConsumer } from './event-source/event-source.consumer.js';
import { EVENT_SOURCES, EventSourceService } from './event-source/event-source.service.js';
import { EventSourceStore } from './event-source/event-source.store.js';
import { EventSourceView } from './event-source/event-source.view.js';
import { KeyController } from './principal/key.controller.js';
import { INSTALLATION, StatusController } from './status/status.controller.js';
import { PrincipalController } from './principal/principal.controller.js';
import { PrincipalService } from './principal/principal.service.js';
import { ApiKeyStore, PrincipalStore } from './principal/principal.store.js';
import { RateLimit } from './rate-limit/rate-limit.js';
import { RateLimitInterceptor } from './rate-limit/rate-limit.interceptor.js';
import type { Telemetry } from './telemetry.js';

@Module({})
export class GatewayModule {
  static create(
    { config, database, messaging, logger, lists, status }: ServiceContext<GatewayConfig>,
    { principals, telemetry }: { principals: PrincipalService; telemetry: Telemetry },
  ): DynamicModule {
    const view = new ActivityView(database);
    const stream = new ActivityStream(view, logger, telemetry);
    const { EVENT_SOURCES: sources } = config;
    const events = new EventSourceStore();
    return {
      module: GatewayModule,
      controllers: [PrincipalController, KeyController, ActivityController, EventSourceController, StatusController],
      providers: [
        { provide: PrincipalService, useValue: principals },
        { provide: ActivityView, useValue: view },
        { provide: Lists, useValue: lists },
        { provide: INSTALLATION, useValue: { own: status, upstreams: config.UPSTREAMS } },
        { provide: ActivityStream, useValue: stream },
        { provide: EVENT_SOURCES, useValue: sources },
        {
          provide: EventSourceConsumer,
          useValue: new EventSourceConsumer({ database, messaging, store: events, telemetry }),
        },
        {
          provide: EventSourceService,
          useValue: new EventSourceService({ database, messaging, store: events, telemetry }),
        },
        { provide: EventSourceView, useValue: new EventSourceView(database, config) },
        {
          provide: ActivityArchive,
          useValue: new ActivityArchive({ database, messaging, store: new ActivityStore(), stream }),
        },
        { provide: RateLimit, useFactory: () => RateLimit.open(config.DATABASE_URL, config.RATE_LIMIT) },
        {
          provide: APP_INTERCEPTOR,
          inject: [RateLimit],
          useFactory: (limit: RateLimit) => new RateLimitInterceptor(limit, telemetry),
        },
      ],
    };
  }
}

export function createPrincipals({ database }: Pick<ServiceContext<GatewayConfig>, 'database'>): PrincipalService {
  return new PrincipalService(new PrincipalStore(database), new ApiKeyStore(database));
}
