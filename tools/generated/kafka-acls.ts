import { serviceTopics } from '@signalbox/domain';
import { rightsOf, rightsOfMigration, rightsOfSource } from '@signalbox/messaging';
import type { KafkaRight } from '@signalbox/messaging';

const command = 'kafka-acls --bootstrap-server "$BROKERS" --command-config admin.properties --add';

/** Stands for each that EVENT_SOURCES declares; a variable for the shell. */
const anySource = { name: '$SOURCE', prefix: '/' };

/** The least rights of each service as a page, and the commands that grant them. */
export function kafkaAcls(): string {
  const services = Object.keys(serviceTopics);
  const users = [
    ...services.map((service) => [service, rightsOf(service)] as const),
    ['migrate', rightsOfMigration()] as const,
  ];
  const ofSources = [
    ...services.map((service) => [service, beyond(rightsOf(service), rightsOf(service, '', [anySource]))] as const),
    ['migrate', beyond(rightsOfMigration(), rightsOfMigration('', [anySource]))] as const,
    ['$SOURCE', rightsOfSource(anySource)] as const,
  ];
  return `${[
    '# Rights on Kafka',
    'Generated from `serviceTopics` (`libs/domain/src/service-topics.ts`) by `npm run generate`: the least that each service needs, and all that `apps/platform/src/secured-kafka.int.spec.ts` gives it on a broker with access control lists. Each service logs in as the user of its name; with TOPIC_PREFIX set, topics and groups begin with it. [operations/kafka.md](../operations/kafka.md) says how to use the list.',
    [
      '| user | writes | reads | consumer group |',
      '| --- | --- | --- | --- |',
      ...services.map((service) => row(service, rightsOf(service))),
    ].join('\n'),
    'Describe on a topic or group comes with Read and Write. An idempotent producer needs no right on the cluster, and nobody needs Create but `migrate`, which runs before the services and needs none of their rights.',
    ['```sh', ...users.flatMap(([user, rights]) => commandsOf(user, rights)), '```'].join('\n'),
    '## Sources of events outside',
    'For each that EVENT_SOURCES declares, beside the rights above. The last is for the tool outside, with a user of its own: all it needs to send events over Kafka, and nothing where it sends them over REST.',
    ['```sh', 'SOURCE=jenkins', ...ofSources.flatMap(([user, rights]) => commandsOf(user, rights)), '```'].join('\n'),
  ].join('\n\n')}\n`;
}

function beyond(known: readonly KafkaRight[], all: readonly KafkaRight[]): KafkaRight[] {
  const names = new Set(known.map(({ name }) => name));
  return all.filter(({ name }) => !names.has(name));
}

function row(user: string, rights: readonly KafkaRight[]): string {
  const names = (resource: KafkaRight['resource'], operation: KafkaRight['operation']) => {
    const found = rights.filter((right) => right.resource === resource && right.operation === operation);
    return found.map(({ name }) => `\`${name}\``).join(', ') || '-';
  };
  return `| \`${user}\` | ${names('topic', 'Write')} | ${names('topic', 'Read')} | ${names('group', 'Read')} |`;
}

/** One command per set of operations: `kafka-acls` grants each of them on each resource it is given. */
function commandsOf(user: string, rights: readonly KafkaRight[]): string[] {
  const operationsOn = Map.groupBy(rights, ({ resource, name }) => `--${resource} ${name}`);
  const resources = Map.groupBy(operationsOn, ([, each]) =>
    each.map(({ operation }) => `--operation ${operation}`).join(' '),
  );
  return [...resources].map(
    ([operations, each]) =>
      `${command} --allow-principal User:${user} ${operations} ${each.map(([resource]) => resource).join(' ')}`,
  );
}
