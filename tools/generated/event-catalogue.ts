import { isCustomType, topics, topicsOfType } from '@signalbox/domain';
import type { EventContract } from '@signalbox/domain';
import { schemaOf } from './event-schemas.js';
import type { JsonSchema } from './event-schemas.js';

const publishers: Record<string, string> = {
  [topics.planning]: 'planning',
  [topics.build]: 'build-coordinator',
  [topics.test]: 'test-orchestrator',
  [topics.deployment]: 'deployer',
  [topics.monitoring]: 'monitor',
  [topics.feedback]: 'feedback',
  [topics.reference]: 'planning; environments by the deployer',
};

/** The catalogue of events as a page: per topic every type with its key and fields. */
export function eventCatalogue(contracts: readonly EventContract[]): string {
  const common = contracts.filter((contract) => topicsOfType(contract).length > 1);
  const sections = Object.values(topics).map((topic) => {
    const own = contracts.filter((contract) => contract.topic === topic && !common.includes(contract));
    return [`## ${topic}`, `Published by ${publishers[topic]}.`, ...own.map(entry)].join('\n\n');
  });
  return `${[
    '# Events',
    'Generated from the contracts in `libs/domain/src/events` by `npm run generate`; the same as JSON Schema: [events.schema.json](events.schema.json).',
    'Every record is a CloudEvent 1.0 in binary mode whose data is a CDEvents 0.5.1 document. Fields of custom types (`dev.cdeventsx…`) lie in `subject.content`; of standard types in `subject.content` what the standard knows, in `customData` what is ours. `?` marks what may be absent.',
    ...sections,
    '## On more than one topic',
    ...common.map(entry),
  ].join('\n\n')}\n`;
}

function entry(contract: EventContract): string {
  const content = fields('content', schemaOf(contract.content));
  const custom = isCustomType(contract) ? [] : fields('customData', schemaOf(contract.customData));
  const rows = isCustomType(contract) ? content.map((row) => row.replace('`content.', '`')) : [...content, ...custom];
  const about = [`Key: ${keyOf(contract)}.`];
  const on = topicsOfType(contract);
  if (on.length > 1) about.unshift(`Published on ${on.join(', ')}.`);
  return [
    `### ${contract.type}`,
    about.join(' '),
    rows.length === 0 ? 'No fields.' : ['| field | type |', '| --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

function keyOf(contract: EventContract): string {
  if (contract.topic === topics.reference) return '`<type>/<aggregate id>`';
  const parts = [schemaOf(contract.content), isCustomType(contract) ? {} : schemaOf(contract.customData)];
  const isOfRelease = parts.some((part) => part.required?.includes('releaseId'));
  return isOfRelease ? 'the release id' : 'the aggregate id (the release id where there is one)';
}

function fields(prefix: string, schema: JsonSchema): string[] {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : '?';
    return `| \`${prefix}.${name}${optional}\` | ${typeOf(field as JsonSchema).replaceAll('|', '\\|')} |`;
  });
}

/** A type as people write it: `'a' | 'b'`, `text[]`, `{ id, name? }`. */
function typeOf(schema: JsonSchema): string {
  if (schema.title) return schema.title;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((choice) => typeOf(choice as JsonSchema)).join(' | ');
  if (schema.type === 'array') return `${typeOf(schema.items as JsonSchema)}[]`;
  if (schema.type === 'object') return objectType(schema);
  if (schema.format === 'date-time') return 'time';
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

function objectType({ properties, required = [], additionalProperties }: JsonSchema): string {
  if (!properties) return `map of ${typeOf(typeof additionalProperties === 'object' ? additionalProperties : {})}`;
  const members = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(field as JsonSchema)}`,
  );
  return `{ ${members.join(', ')} }`;
}
