import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeApi } from '@signalbox/chassis';
import type { ServiceDefinition } from '@signalbox/chassis';
import { describeEvents } from '../asyncapi/asyncapi.js';
import type { AsyncApiDocument } from '../asyncapi/asyncapi.js';
import type { GatewayConfig } from '../config.js';
import { fetchDocuments, mergeOpenApi } from './openapi.js';
import type { OpenApiDocument } from './openapi.js';

const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
};

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Signalbox API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true });</script></body>
</html>
`;

type DocsConfig = Pick<GatewayConfig, 'UPSTREAMS' | 'TOPIC_PREFIX' | 'EVENT_SOURCES'>;

/** One OpenAPI 3.1 document for everything, a page to read it, and an AsyncAPI document of all events. */
export function addDocs(
  app: NestFastifyApplication,
  { title, answers }: Pick<ServiceDefinition, 'title' | 'answers'>,
  config: DocsConfig,
): void {
  const upstreams = Object.values(config.UPSTREAMS);
  const fastify = app.getHttpAdapter().getInstance();
  const own = describeApi(app, title, answers) as unknown as OpenApiDocument;
  const folder = join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..');
  fastify.get('/openapi.json', async () => mergeOpenApi([own, ...(await fetchDocuments(upstreams))]));
  let events: AsyncApiDocument | undefined;
  const { TOPIC_PREFIX: topicPrefix, EVENT_SOURCES: sources } = config;
  fastify.get('/asyncapi.json', () => (events ??= describeEvents({ topicPrefix, sources })));
  fastify.get('/docs', (_request, reply) => reply.type('text/html').send(page));
  for (const [name, type] of Object.entries(assets)) {
    fastify.get(`/docs/${name}`, async (_request, reply) => reply.type(type).send(await readFile(join(folder, name))));
  }
}
