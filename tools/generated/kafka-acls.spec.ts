import { expect, it } from '@jest/globals';
import { serviceTopics, topics } from '@signalbox/domain';
import { committed } from './committed.js';
import { kafkaAcls } from './kafka-acls.js';

it('the rights on Kafka are those that are committed; npm run generate writes them', () => {
  const page = kafkaAcls();
  expect(committed('kafka-acls.md', page)).toBe(page);
});

it('every topic has somebody who publishes on it and somebody else who reads it', () => {
  const all = Object.entries(serviceTopics);
  for (const topic of Object.values(topics)) {
    const publishers = all.filter(([, { publishes }]) => publishes.includes(topic)).map(([name]) => name);
    const readers = all.filter(([name, { reads }]) => reads.includes(topic) && !publishers.includes(name));
    expect([topic, publishers.length > 0, readers.length > 0]).toEqual([topic, true, true]);
  }
});

it('each user is granted what is in its row, and Create is nobody’s but that of migrate', () => {
  const lines = kafkaAcls().split('\n');
  const isOfSources = (line: string) => line.includes('$SOURCE');
  const grants = (user: string) => lines.filter((line) => line.includes(`User:${user} `) && !isOfSources(line));
  expect(grants('monitor')).toEqual([
    expect.stringMatching(/--operation Write --topic signalbox.monitoring$/),
    expect.stringMatching(
      /--operation Read --topic signalbox.planning --topic signalbox.deployment --topic signalbox.reference --group signalbox-monitor$/,
    ),
  ]);
  const creating = lines.filter((line) => line.includes('Create') && line.startsWith('kafka-acls'));
  expect(creating.filter((line) => !isOfSources(line))).toEqual(grants('migrate'));
});

it('a tool outside may write on its own topic and nothing else; the gateway and who does its stages read it', () => {
  const lines = kafkaAcls().split('\n');
  const ofSources = lines.filter((line) => line.includes('signalbox.inbound.$SOURCE'));
  expect(ofSources.map((line) => line.replace(/^.*--allow-principal /, ''))).toEqual([
    'User:test-orchestrator --operation Read --topic signalbox.inbound.$SOURCE',
    'User:gateway --operation Write --operation Read --topic signalbox.inbound.$SOURCE',
    'User:migrate --operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --topic signalbox.inbound.$SOURCE',
    'User:$SOURCE --operation Write --topic signalbox.inbound.$SOURCE',
  ]);
});
