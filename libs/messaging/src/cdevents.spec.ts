import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { draft, knownContracts } from '@signalbox/domain';
import type { EventContract } from '@signalbox/domain';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';
import { z } from 'zod';
import { decodeEvent, encodeEvent } from './codec.js';

/** The standard's own schemas and examples are kept beside the repository; without them these suites do not exist. */
const official = join(import.meta.dirname, '../../../../shared/cdevents');
const contracts = [...knownContracts().values()];
const isCustom = ({ type }: EventContract) => type.startsWith('dev.cdeventsx.');

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(official, ...path), 'utf8')) as T;
}

interface OfficialSchema {
  $id: string;
  properties: { context: { properties: { type: { enum?: string[] } } } };
}

/** By event type; custom types share one, under the empty name. */
function officialValidators(): Map<string, ValidateFunction> {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  for (const file of readdirSync(join(official, 'schemas/links'))) ajv.addSchema(readJson('schemas/links', file));
  const files = readdirSync(join(official, 'schemas')).filter((file) => file.endsWith('.json'));
  const schemas = files.map((file) => readJson<OfficialSchema>('schemas', file));
  const standard = schemas.map((schema): [string, ValidateFunction] => [
    schema.properties.context.properties.type.enum?.[0] ?? schema.$id,
    ajv.compile(schema),
  ]);
  return new Map([...standard, ['', ajv.compile(readJson('custom/schema.json'))]]);
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A value that fits a schema: with every optional field, or with none. */
function example(schema: JsonSchema, full: boolean): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choice = (schema.anyOf ?? schema.oneOf)?.[0];
  if (choice) return example(choice as JsonSchema, full);
  if (schema.type === 'object') return exampleObject(schema, full);
  if (schema.type === 'array') return full ? [example(schema.items as JsonSchema, full)] : [];
  if (schema.type === 'boolean') return true;
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  if (schema.format === 'date-time') return '2026-11-23T10:00:00Z';
  if (schema.pattern?.startsWith('^sha256')) return `sha256:${'0'.repeat(64)}`;
  return 'pkg:generic/shop@1.0.0';
}

function exampleObject(schema: JsonSchema, full: boolean): object {
  const { properties = {}, required = [], additionalProperties } = schema;
  const names = full ? [...new Set([...required, ...Object.keys(properties)])] : required;
  const fields = names.map((name) => [name, example((properties[name] ?? { type: 'object' }) as JsonSchema, full)]);
  const open = full && typeof additionalProperties === 'object' && schema.propertyNames !== undefined;
  if (open) fields.push(['a', example(additionalProperties as JsonSchema, full)]);
  return Object.fromEntries(fields) as object;
}

function exampleOf(schema: z.ZodType, full: boolean): unknown {
  if (schema.safeParse(undefined).success && !full) return undefined;
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return Object.keys(described).length <= 1 || 'not' in described ? undefined : example(described, full);
}

function written(contract: EventContract, full: boolean) {
  const event = draft(contract, {
    subject: 'shop',
    chainId: 'rel_1',
    content: exampleOf(contract.content, full) as object,
    customData: isCustom(contract) ? undefined : (exampleOf(contract.customData, full) as object),
    links: full ? [{ linkType: 'RELATION', linkKind: 'TRIGGER', target: { contextId: 'request' } }] : [],
  });
  return encodeEvent(event, {
    id: '019ab0c4-7a00-7000-8000-000000000001',
    source: '/signalbox/test',
    time: new Date('2026-11-23T10:00:00.000Z'),
    aggId: 'shop',
    aggVersion: 1,
    chainId: 'rel_1',
    ...(full && { causationId: '019ab0c4-7a00-7000-8000-000000000000' }),
  });
}

describe('event types', () => {
  it.each(contracts)('$type is named as the standard wants it', ({ type }) => {
    expect(type).toMatch(/^dev\.(cdevents\.[a-z]+|cdeventsx\.signalbox-[a-z]+)\.[a-z]+\.\d\.\d\.\d$/);
  });

  it.each(contracts)('$type is read as it is written', (contract) => {
    for (const full of [true, false]) {
      const { headers, payload } = written(contract, full);
      const record = { topic: contract.topic, partition: 0, offset: 0, key: 'rel_1', headers };
      const decoded = decodeEvent({ ...record, value: Buffer.from(payload) }, () => true);
      expect(decoded).toMatchObject({ kind: 'event', event: { type: contract.type, subject: 'shop' } });
    }
  });
});

const officialSuites: [string, () => void][] = [
  [
    'the official CDEvents 0.5.1 schemas',
    () => {
      const validators = officialValidators();
      const validatorOf = (contract: EventContract) => validators.get(isCustom(contract) ? '' : contract.type);

      it.each(contracts)('accept $type', (contract) => {
        const validate = validatorOf(contract);
        for (const full of [true, false]) {
          expect(validate?.(JSON.parse(written(contract, full).payload)) ?? 'no such type').toBe(true);
        }
      });

      const standard = contracts.filter((contract) => !isCustom(contract));
      it.each(standard)('close the content of $type', (contract) => {
        const document = JSON.parse(written(contract, true).payload) as { subject: { content: object } };
        Object.assign(document.subject.content, { ours: true });
        expect(validatorOf(contract)?.(document)).toBe(false);
      });
    },
  ],
  [
    'the official CDEvents 0.5.1 examples',
    () => {
      const files = readdirSync(join(official, 'conformance')).map((file) => join('conformance', file));
      const inbound = { topic: 'signalbox.inbound.ci', partition: 0, offset: 0, key: null };

      it.each([...files, 'custom/conformance.json'])('%s is read in both modes of CloudEvents', (file) => {
        const document = readJson<{ context: Record<string, string>; subject: { id: string } }>(file);
        const { id = '', source = '', type = '', timestamp: time = '' } = document.context;
        const attributes = { specversion: '1.0', id, source, type, time, subject: document.subject.id };
        const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]);
        const binary = {
          ...inbound,
          headers: { ...Object.fromEntries(headers), 'content-type': 'application/json' },
          value: Buffer.from(JSON.stringify(document)),
        };
        const structured = {
          ...inbound,
          headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
          value: Buffer.from(JSON.stringify({ ...attributes, data: document })),
        };
        for (const record of [binary, structured]) {
          expect(decodeEvent(record, () => true, [{ name: 'ci', prefix: source }])).toMatchObject({
            kind: 'event',
            event: { id, source, type, subject: document.subject.id, time: new Date(time) },
          });
        }
      });
    },
  ],
];

const present = existsSync(official) ? officialSuites : [];
// oxlint-disable-next-line jest/valid-title, jest/valid-describe-callback -- both come from the table above
present.forEach(([name, suite]) => describe(name, suite));
