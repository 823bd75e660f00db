import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Lists } from '@signalbox/chassis';
import type { ServiceContext } from '@signalbox/chassis';
import { pokeAndTell } from '@signalbox/persistence';
import { ApplicationAccess } from './application/application-access.js';
import { ApplicationConsumer } from './application/application.consumer.js';
import { ApplicationStore } from './application/application.projection.js';
import { DeliveryConsumer } from './delivery/delivery.consumer.js';
import { DeliveryController } from './delivery/delivery.controller.js';
import { DeliveryStore } from './delivery/delivery.projection.js';
import { DeliveryView } from './delivery/delivery.view.js';
import { FeedbackItemController } from './item/feedback-item.controller.js';
import { FeedbackItemService } from './item/feedback-item.service.js';
import { FeedbackItemStore } from './item/feedback-item.store.js';
import { FeedbackItemView } from './item/feedback-item.view.js';
import { ReleaseConsumer } from './release/release.consumer.js';
import { ReleaseStore } from './release/release.projection.js';
import { SummaryController } from './summary/summary.controller.js';
import { SummaryView } from './summary/summary.view.js';
import { Telemetry } from './telemetry.js';
import { FeedbackWindowConsumer } from './window/feedback-window.consumer.js';
import { FeedbackWindowService } from './window/feedback-window.service.js';
import { FeedbackWindowStore } from './window/feedback-window.store.js';

@Module({})
export class FeedbackModule {
  static create({ database, messaging, lists, logger, meter }: ServiceContext): DynamicModule {
    const poke: typeof messaging.poke = (committed) => messaging.poke(committed);
    const applications = new ApplicationStore(database);
    const releases = new ReleaseStore(database);
    const deliveries = new DeliveryStore(database);
    const telemetry = new Telemetry(meter, logger);
    const items = new FeedbackItemStore(database, pokeAndTell(poke, telemetry.item));
    const windows = new FeedbackWindowStore(database, pokeAndTell(poke, telemetry.window));
    return {
      module: FeedbackModule,
      controllers: [
        ApplicationConsumer,
        ReleaseConsumer,
        FeedbackItemController,
        SummaryController,
        FeedbackWindowConsumer,
        DeliveryConsumer,
        DeliveryController,
      ],
      providers: [
        { provide: ApplicationStore, useValue: applications },
        { provide: ApplicationAccess, useValue: new ApplicationAccess(applications) },
        { provide: ReleaseStore, useValue: releases },
        { provide: FeedbackItemService, useValue: new FeedbackItemService(items, releases) },
        { provide: FeedbackItemView, useValue: new FeedbackItemView(database) },
        { provide: SummaryView, useValue: new SummaryView(database) },
        { provide: FeedbackWindowService, useValue: new FeedbackWindowService(database, windows) },
        { provide: DeliveryStore, useValue: deliveries },
        { provide: DeliveryView, useValue: new DeliveryView(releases, deliveries) },
        { provide: Lists, useValue: lists },
      ],
    };
  }
}
