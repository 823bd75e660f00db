import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { committed } from './committed.js';
import { Everything } from './everything.js';

interface Operation {
  operationId?: string;
  summary?: string;
  'x-scope'?: string;
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  responses: Record<string, { $ref?: string; content?: Record<string, { schema?: object }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; responses: Record<string, object>; securitySchemes: object };
}

let everything: Everything;
let document: Document;

function operations(): { where: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ where: `${method.toUpperCase()} ${path}`, operation })),
  );
}

const whereNot = (holds: (operation: Operation, where: string) => boolean) =>
  operations()
    .filter(({ operation, where }) => !holds(operation, where))
    .map(({ where }) => where);

beforeAll(async () => {
  everything = await Everything.start();
  document = (await (await fetch(`${everything.gatewayUrl}/openapi.json`)).json()) as Document;
});

afterAll(() => everything?.stop());

it('the AsyncAPI document is the one that is committed; npm run generate writes it', async () => {
  const answer = await fetch(`${everything.gatewayUrl}/asyncapi.json`);
  const text = `${JSON.stringify(await answer.json(), null, 2)}\n`;
  expect(committed('asyncapi.json', text)).toBe(text);
});

describe('the OpenAPI document', () => {
  it('is the one that is committed; npm run generate writes it', () => {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    expect(committed('openapi.json', text)).toBe(text);
  });

  it('is OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
  });

  it('names every operation, once', () => {
    expect(whereNot((operation) => Boolean(operation.operationId && operation.summary))).toEqual([]);
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('shows the scope of every operation', () => {
    expect(whereNot((operation) => /^(identified|read|[a-z]+:[a-z]+)$/.test(operation['x-scope'] ?? ''))).toEqual([]);
  });

  it('declares every parameter of a path', () => {
    const undeclared = whereNot((operation, where) =>
      [...where.matchAll(/\{(\w+)\}/g)].every(([, name]) =>
        operation.parameters?.some((each) => each.in === 'path' && each.name === name && each.required),
      ),
    );
    expect(undeclared).toEqual([]);
  });

  it('shows what every list in pages is filtered and sorted by', () => {
    const taken = (path: string) =>
      Object.fromEntries((document.paths[path]?.['get']?.parameters ?? []).map(({ name, schema }) => [name, schema]));
    expect(Object.keys(taken('/v1/releases')).toSorted()).toEqual(
      ['application', 'createdAt', 'cursor', 'limit', 'sort', 'status', 'version']
        .flatMap((name) => (name === 'createdAt' ? ['gt', 'gte', 'lt', 'lte'].map((than) => `${name}.${than}`) : name))
        .toSorted(),
    );
    expect(taken('/v1/incidents')).toMatchObject({
      status: { type: 'array', items: { enum: ['open', 'resolved'] } },
      sort: { enum: ['openedAt', '-openedAt'], default: '-openedAt' },
      limit: { minimum: 1, maximum: 200, default: 50 },
    });
    // These are never long.
    const isWhole = /^list(?:Evaluations|EventSources|Keys|Runners|Secrets)$/;
    const isTold = ({ operationId = '', parameters = [] }: Operation) =>
      !operationId.startsWith('list') || isWhole.test(operationId) || parameters.some(({ name }) => name === 'limit');
    expect(whereNot(isTold)).toEqual([]);
  });

  it('says how every operation answers, and how it refuses', () => {
    expect(whereNot(({ responses }) => Object.keys(responses).some((status) => /^[23]/.test(status)))).toEqual([]);
    const refusing = (operation: Operation, where: string) => {
      const expected = ['400', '401', '403', '404', ...(where.startsWith('GET') ? [] : ['409'])];
      return expected.every((status) => operation.responses[status] !== undefined);
    };
    expect(whereNot(refusing)).toEqual([]);
  });

  it('says in which shape every operation answers, unless it has nothing to say', () => {
    const isTold = ({ responses }: Operation) =>
      Object.entries(responses)
        .filter(([status]) => status.startsWith('2') && status !== '204')
        .every(([, { content = {} }]) => Object.values(content).some(({ schema }) => schema));
    expect(whereNot(isTold)).toEqual([]);
    expect(document.components.schemas['Release']).toMatchObject({
      properties: { status: { $ref: '#/components/schemas/ReleaseStatus' } },
      required: expect.arrayContaining(['id', 'status', 'stages']),
    });
  });

  it('has schemas of JSON Schema 2020-12, as OpenAPI 3.1 asks', () => {
    const ajv = new Ajv2020({ strict: false });
    const wrong: string[] = [];
    const visit = (value: unknown, where: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, each] of Object.entries(value)) {
        const isSchema = key === 'schema' || where === '/components/schemas';
        if (isSchema && !ajv.validateSchema(each as object)) wrong.push(`${where}/${key}: ${ajv.errorsText()}`);
        else if (!isSchema) visit(each, `${where}/${key}`);
      }
    };
    visit(document, '');
    expect(wrong).toEqual([]);
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
    const missing = references.filter(
      ([, kind = '', name = '']) =>
        !((document.components as unknown as Record<string, object>)[kind] ?? {})[name as never],
    );
    expect(missing.map(([reference]) => reference)).toEqual([]);
    expect(document.components.schemas).toHaveProperty('Problem');
  });
});
