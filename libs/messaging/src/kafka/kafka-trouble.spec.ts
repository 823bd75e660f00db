import { expect, it } from '@jest/globals';
import { KafkaJSProtocolError } from 'kafkajs';
import { inWords } from './kafka-trouble.js';
import type { Question } from './kafka-trouble.js';

const refused = (type: string) =>
  new KafkaJSProtocolError(Object.assign(new Error('refused'), { type, code: 0, retriable: false }));
const question = { brokers: ['broker:9093'], user: 'planning', topics: ['signalbox.planning'] };
const grantIt = 'grant it (docs/generated/kafka-acls.md)';

it.each<[string, Question['right'], string]>([
  ['TOPIC_AUTHORIZATION_FAILED', 'Write', `the user planning lacks the right Write on signalbox.planning; ${grantIt}`],
  [
    'CLUSTER_AUTHORIZATION_FAILED',
    'Write',
    `the user planning lacks the right Write on signalbox.planning, as on every topic; ${grantIt}`,
  ],
  ['CLUSTER_AUTHORIZATION_FAILED', 'Describe', `the user planning lacks a right on the cluster; ${grantIt}`],
])('%s, when %s was needed, says which right to grant', (type, right, words) => {
  expect(inWords(refused(type), { ...question, right }).message).toBe(words);
});
