import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { answers as common } from '../answers.generated.js';
import { answerOf } from './answers.js';
import type { Answers } from './answers.js';
import { problemBody } from './problem.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & { 'x-scope'?: string };
type Responses = NonNullable<OpenAPIObject['components']>['responses'];

const none: Answers = { operations: {}, schemas: {} };
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

/** The OpenAPI 3.1 document of a service's routes, each with what it answers and the problems it may have. */
export function describeApi(app: NestFastifyApplication, title: string, own: Answers = none): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, config, { standardSchemaConverter: asJsonSchema });
  for (const path of Object.values(document.paths)) {
    for (const method of methods) {
      const operation = path[method];
      if (!operation) continue;
      addSuccess(operation, [own, common]);
      addRefusals(method, operation);
    }
  }
  const { $schema: _, ...schema } = z.toJSONSchema(problemBody, { io: 'input' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...common.schemas, ...own.schemas, Problem: schema as object },
    responses: Object.fromEntries(refusals.map(({ name, description }) => [name, refusalOf(description)])),
  };
  return document;
}

/** By itself Nest asks for schemas of OpenAPI 3.0, whose `exclusiveMinimum` is a flag. */
function asJsonSchema(
  schema: unknown,
  { schemaType }: { schemaType: 'input' | 'output' },
): { schema: Record<string, unknown> } | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const { $schema: _, ...converted } = z.toJSONSchema(schema, { io: schemaType });
  return { schema: converted };
}

function addSuccess(operation: Operation, answers: readonly Answers[]): void {
  const said = answerOf(operation.operationId ?? '', answers);
  for (const answer of Object.values(operation.responses)) {
    if (!answer || !('description' in answer)) continue;
    answer.description ||= operation.summary ?? '';
    if (said) answer.content = { [said.type]: { schema: said.schema } };
  }
}

function addRefusals(method: string, operation: Operation): void {
  for (const { status, name, isPossible } of refusals) {
    if (!isPossible(method, operation['x-scope'])) continue;
    operation.responses[String(status)] ??= { $ref: `#/components/responses/${name}` };
  }
}

function refusalOf(description: string): NonNullable<Responses>[string] {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
