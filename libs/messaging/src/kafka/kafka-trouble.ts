/** What Kafka refuses or lacks, in words that say how to put it right. */
export class KafkaTrouble extends Error {}

/** Who asked for what. */
export interface Question {
  readonly brokers: readonly string[];
  readonly user?: string;
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
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** OpenSSL's names for certificates that are not trusted, not valid yet or no longer, or somebody else's. */
const certificate = /CERT|SELF_SIGNED|ISSUER|ALTNAME/;

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

function wordsOf({ name, type, code, message }: KafkaError, question: Question): string | undefined {
  const who = whoIs(question.user);
  const which = question.topics?.join(', ') ?? 'its topics';
  if (name === 'KafkaJSSASLAuthenticationError' || type?.includes('SASL'))
    return `Kafka does not let ${who} in: ${message}; KAFKA_USERNAME, KAFKA_PASSWORD_FILE and KAFKA_SASL_MECHANISM must be what the brokers know`;
  if (type === 'TOPIC_AUTHORIZATION_FAILED')
    return `${who} lacks the right ${question.right ?? 'Describe'} on ${which}; ${grantIt}`;
  if (type === 'GROUP_AUTHORIZATION_FAILED')
    return `${who} lacks the right Read on the consumer group ${question.group ?? 'of this service'}; ${grantIt}`;
  if (type === 'CLUSTER_AUTHORIZATION_FAILED')
    return `${who} lacks a right on the cluster${question.right === 'Write' ? ': to write on any topic is enough' : ''}; ${grantIt}`;
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return `of ${which} at least one is missing; ${createThem}`;
  return typeof code === 'string' ? tlsWords(code, message, question) : undefined;
}

function tlsWords(code: string, message: string, { brokers }: Question): string | undefined {
  const where = brokers.join(', ');
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return `${where} does not speak TLS; leave the KAFKA_TLS variables out, or name the brokers' TLS listener`;
  if (/ALERT/.test(code) || /alert/.test(message))
    return `Kafka refuses this client's certificate, or wants one (${message}); see KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE`;
  if (certificate.test(code))
    return `the certificate of ${where} is not trusted (${message}); KAFKA_TLS_CA_FILE must hold the authority that signed it, and the name in KAFKA_BROKERS must be in it`;
  return undefined;
}

export function whoIs(user: string | undefined): string {
  return user === undefined ? 'this service' : `the user ${user}`;
}

export const grantIt = 'grant it (docs/generated/kafka-acls.md)';
export const createThem = 'create them with the migrate step (node dist/bundle/main.js migrate)';
