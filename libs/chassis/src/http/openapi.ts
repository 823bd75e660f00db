import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { problemBody } from './problem.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & { 'x-scope'?: string };
type Responses = NonNullable<OpenAPIObject['components']>['responses'];

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** How every route can say no; `isPossible` tells for which. */
const refusals: {
  status: number;
  name: string;
  description: string;
  isPossible(method: string, scope?: string): boolean;
}[] = [
  { status: 400, name: 'Invalid', description: 'The request is not valid', isPossible: () => true },
  { status: 401, name: 'Unauthenticated', description: 'No identity, or none that counts', isPossible: () => true },
  { status: 403, name: 'Forbidden', description: 'Not allowed', isPossible: (_method, scope) => scope !== 'public' },
  { status: 404, name: 'NotFound', description: 'Absent, or not yours to see', isPossible: () => true },
  { status: 409, name: 'Conflict', description: 'Not in this state', isPossible: (method) => method !== 'get' },
  { status: 503, name: 'Unavailable', description: 'Again later, as Retry-After says', isPossible: () => true },
];

/** The OpenAPI 3.1 document of a service's routes, each with the problems it may answer. */
export function describeApi(app: NestFastifyApplication, title: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, config);
  for (const path of Object.values(document.paths)) {
    for (const method of methods) if (path[method]) addAnswers(method, path[method]);
  }
  const { $schema: _, ...schema } = z.toJSONSchema(problemBody, { io: 'input' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: schema as object },
    responses: Object.fromEntries(refusals.map(({ name, description }) => [name, answerOf(description)])),
  };
  return document;
}

function addAnswers(method: string, operation: Operation): void {
  for (const answer of Object.values(operation.responses)) {
    if (answer && 'description' in answer) answer.description ||= operation.summary ?? '';
  }
  for (const { status, name, isPossible } of refusals) {
    if (!isPossible(method, operation['x-scope'])) continue;
    operation.responses[String(status)] ??= { $ref: `#/components/responses/${name}` };
  }
}

function answerOf(description: string): NonNullable<Responses>[string] {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
