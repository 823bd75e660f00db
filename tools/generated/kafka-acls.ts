import { serviceTopics } from '@signalbox/domain';
import { rightsOf, rightsOfMigration } from '@signalbox/messaging';
import type { KafkaRight } from '@signalbox/messaging';

const command = 'kafka-acls --bootstrap-server "$BROKERS" --command-config admin.properties --add';

/** The least rights of each service as a page, and the commands that grant them. */
export function kafkaAcls(): string {
  const services = Object.keys(serviceTopics);
  const users = [...services.map((service) => [service, rightsOf(service)] as const), migration()];
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
  ].join('\n\n')}\n`;
}

function migration(): readonly [string, KafkaRight[]] {
  return ['migrate', rightsOfMigration()];
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
