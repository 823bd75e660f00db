/** What Kafka refuses or lacks, in words that say how to put it right. */
export class KafkaTrouble extends Error {}

/** Who asked for what. */
export interface Question {
  readonly brokers: readonly string[];
  readonly user?: string;
  /** Whether it was asked over TLS. */
  readonly tls?: boolean;
  /** With the installation's prefix. */
  readonly topics?: readonly string[];
  readonly group?: string;
  /** What a topic's right must be for this, as `kafka-acls --operation` has it. */
  readonly right?: 'Read' | 'Write' | 'Create' | 'Describe';
}

interface KafkaError {
  readonly message: string;
  readonly name?: string;
  readonly type?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** The same trouble in words; as it was where there are none to add. */
export function inWords(error: unknown, question: Question): Error {
  const root = rootOf(error);
  const words = wordsOf(root, question);
  if (words !== undefined) return new KafkaTrouble(words, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/** kafkajs wraps what came first in what it thinks of it. */
export function rootOf(error: unknown): KafkaError {
  const { cause, errors } = error as KafkaError;
  if (cause instanceof Error) return rootOf(cause);
  if (errors?.[0] instanceof Error) return rootOf(errors[0]);
  return error as KafkaError;
}

function wordsOf({ name, type, message }: KafkaError, question: Question): string | undefined {
  const who = whoIs(question.user);
  const which = question.topics?.join(', ') ?? 'its topics';
  if (name === 'KafkaJSSASLAuthenticationError' || type?.includes('SASL'))
    return `Kafka does not let ${who} in: ${message}; KAFKA_USERNAME, KAFKA_PASSWORD_FILE and KAFKA_SASL_MECHANISM must be what the brokers know`;
  if (type === 'TOPIC_AUTHORIZATION_FAILED' && question.right === 'Create')
    return `${who} may not create ${which}; grant it Create, or run migrate as a user who has it (docs/operations/kafka.md)`;
  if (type === 'TOPIC_AUTHORIZATION_FAILED')
    return `${who} lacks the right ${question.right ?? 'Describe'} on ${which}; ${grantIt}`;
  if (type === 'GROUP_AUTHORIZATION_FAILED')
    return `${who} lacks the right Read on the consumer group ${question.group ?? 'of this service'}; ${grantIt}`;
  // A producer without the right to write anywhere is not even given a number.
  if (type === 'CLUSTER_AUTHORIZATION_FAILED' && question.right === 'Write')
    return `${who} lacks the right Write on ${which}, as on every topic; ${grantIt}`;
  if (type === 'CLUSTER_AUTHORIZATION_FAILED') return `${who} lacks a right on the cluster; ${grantIt}`;
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return `of ${which} at least one is missing; ${createThem}`;
  return tlsWords(message.replace(/^Connection error: /, '').trim(), question);
}

/** kafkajs drops OpenSSL's codes on its way, so that only the texts tell these faults apart. */
function tlsWords(message: string, { brokers }: Question): string | undefined {
  const where = brokers.join(', ');
  const alert = /ssl\/tls alert ([a-z ]+)|alert ([a-z ]+):/i.exec(message);
  if (/wrong version number|packet length too long/i.test(message))
    return `${where} does not speak TLS; leave the KAFKA_TLS variables out, or name the brokers' TLS listener`;
  if (alert)
    return `Kafka refuses this client's certificate, or wants one (${(alert[1] ?? alert[2] ?? '').trim()}); see KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE`;
  if (/certificate|altnames/i.test(message))
    return `the certificate of ${where} is not trusted (${message.split(';')[0]}); KAFKA_TLS_CA_FILE must hold the authority that signed it, and the name in KAFKA_BROKERS must be in it`;
  return undefined;
}

/** Why the brokers cannot be asked, or what they answer instead. */
export function unreachable(error: unknown, question: Question): KafkaTrouble {
  const told = inWords(error, question);
  if (told instanceof KafkaTrouble) return told;
  const { name, type } = rootOf(error);
  if (type !== undefined) return new KafkaTrouble(`Kafka answers: ${told.message} (${type})`, { cause: error });
  // A broker that expects TLS or a user, or knows no TLS, tells a client of the other kind no more than this.
  const closed =
    /closed connection|disconnected before secure/i.test(told.message) || name === 'KafkaJSConnectionClosedError';
  const wants = question.tls
    ? 'this listener of theirs speaks no TLS (leave the KAFKA_TLS variables out, or name another), or wants a user'
    : 'they want TLS or a user (KAFKA_TLS_CA_FILE, KAFKA_SASL_MECHANISM)';
  const hint = closed ? `; where the brokers are up, ${wants}` : '';
  return new KafkaTrouble(`Kafka cannot be reached at ${question.brokers.join(', ')}: ${told.message}${hint}`, {
    cause: error,
  });
}

export function whoIs(user: string | undefined): string {
  return user === undefined ? 'this service' : `the user ${user}`;
}

export const grantIt = 'grant it (docs/generated/kafka-acls.md)';
export const createThem = 'create them with the migrate step (node dist/bundle/main.js migrate)';
