import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Requires } from '@signalbox/chassis';
import type { Identity } from '@signalbox/chassis';
import { z } from 'zod';
import { ApplicationAccess } from '../application/application-access.js';
import type { DeliveryMetrics } from './delivery-metrics.js';
import { DeliveryView } from './delivery.view.js';

const usualMs = 90 * 86_400_000;
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const question = z
  .strictObject({ application: z.string().min(1), from: time.optional(), to: time.optional() })
  .transform(({ application, from, to = new Date() }) => ({
    application,
    from: from ?? new Date(to.getTime() - usualMs),
    to,
  }))
  .refine(({ from, to }) => from < to, { message: 'from is not before to', path: ['from'] });

/** The delivery metrics of an application in a period; `asOf`: when they were computed. */
export interface DeliveryReport {
  application: string;
  from: Date;
  to: Date;
  figures: DeliveryMetrics;
  asOf: Date;
}

@ApiTags('delivery-metrics')
@Controller('v1/delivery-metrics')
export class DeliveryController {
  constructor(
    private readonly access: ApplicationAccess,
    private readonly view: DeliveryView,
  ) {}

  @Get()
  @Requires('read')
  @ApiOperation({
    operationId: 'getDeliveryMetrics',
    summary: 'The five DORA metrics of an application, each with the events it came from; by default of 90 days',
  })
  async get(
    @Query({ schema: question }) { application, from, to }: z.output<typeof question>,
    @Caller() caller: Identity,
  ): Promise<DeliveryReport> {
    const found = await this.access.authorized(caller, 'read', application);
    return { application, from, to, figures: await this.view.metrics(found, { from, to }), asOf: new Date() };
  }
}
