import { isCustomType } from '@signalbox/domain';
import type { EventContract } from '@signalbox/domain';
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** What a contract's part may look like on the wire: closed, for writers. */
export function schemaOf(part: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(part, { unrepresentable: 'any', reused: 'inline' });
  return schema;
}

/** One JSON Schema of every document we publish, told apart by `context.type`. */
export function eventSchemas(contracts: readonly EventContract[]): JsonSchema {
  const definitions = contracts.map((contract) => [contract.type, documentOf(contract)]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Signalbox events: the data of their CloudEvents, CDEvents 0.5.1 documents',
    oneOf: contracts.map(({ type }) => ({ $ref: `#/$defs/${type}` })),
    $defs: Object.fromEntries(definitions) as Record<string, JsonSchema>,
  };
}

function documentOf(contract: EventContract): JsonSchema {
  const ours: Record<string, JsonSchema> = isCustomType(contract) ? {} : { customData: schemaOf(contract.customData) };
  return {
    type: 'object',
    properties: {
      context: { type: 'object', properties: { type: { const: contract.type } }, required: ['type'] },
      subject: {
        type: 'object',
        properties: { id: { type: 'string' }, content: schemaOf(contract.content) },
        required: ['id', 'content'],
      },
      ...ours,
    },
    required: ['context', 'subject', ...Object.keys(ours)],
  };
}
