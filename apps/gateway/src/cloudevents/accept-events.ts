import type { IncomingHttpHeaders } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpProblem } from '@signalbox/chassis';
import { jsonOf } from '@signalbox/messaging';
import type { FastifyRequest, RawServerDefault } from 'fastify';

export const singleType = 'application/cloudevents+json';
export const batchType = 'application/cloudevents-batch+json';
export const howToSend = `send ${singleType}, ${batchType}, or application/json with ce-* headers`;

const eventsRoute = '/v1/event-sources/:source/events';

/** A body that is no JSON: an event all the same, which is refused as one and noted once its sender is known. */
export class Unreadable extends Error {}

/** Reads the bodies of both types, beside the JSON that every service reads. */
export function acceptEvents(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const isEvents = (request: FastifyRequest) => request.routeOptions.url === eventsRoute;
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (isEvents(request)) refuseOtherTypes(request.headers);
    done(null, payload);
  });
  fastify.addContentTypeParser([singleType, batchType], { parseAs: 'buffer' }, (request, body, done) => {
    Object.assign(request, { rawBody: body });
    done(null, readJson(body as Buffer));
  });
  const parse = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser<RawServerDefault>(
    'application/json',
    { bodyLimit: fastify.initialConfig.bodyLimit },
    (request, body, done) => {
      if (isEvents(request)) done(null, readJson(body));
      else parse(request, body.toString(), done);
    },
  );
}

/** Before the body is read: Fastify has no words for what it has no parser for. */
function refuseOtherTypes(headers: IncomingHttpHeaders): void {
  const type = typeOf(headers);
  if ([singleType, batchType, 'application/json'].includes(type)) return;
  throw new HttpProblem(415, 'unsupported_media_type', `${type || 'no content-type'} is no kind of event`, {
    fix: howToSend,
  });
}

export function typeOf(headers: IncomingHttpHeaders): string {
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
  return type.trim();
}

function readJson(body: Buffer): unknown {
  try {
    return jsonOf(body);
  } catch (error) {
    return new Unreadable(`the body is not JSON: ${(error as Error).message}`);
  }
}
