import { describe, expect, it } from '@jest/globals';
import { eventSources, inboundTopic, isUnder, topicCatalogueWith } from './event-source.js';
import { topicsOf } from './service-topics.js';

const faults = (text: string) => eventSources.safeParse(text).error?.issues.map(({ message }) => message) ?? [];

describe('sources of events outside', () => {
  it('are declared by name and prefix, and there are none where nothing is declared', () => {
    expect(eventSources.parse('jenkins=https://ci.example.org/, argo=/argo')).toEqual([
      { name: 'jenkins', prefix: 'https://ci.example.org/' },
      { name: 'argo', prefix: '/argo' },
    ]);
    expect(eventSources.parse(undefined)).toEqual([]);
    expect(eventSources.parse('query=urn:a=b')).toEqual([{ name: 'query', prefix: 'urn:a=b' }]);
  });

  it.each([
    ['Jenkins=/jenkins', /"Jenkins" is no name/],
    ['argo', /argo: "" is no prefix .* such as argo=\/argo/],
    ['argo=argo', /argo: "argo" is no prefix/],
    ['argo=/a b', /argo: "\/a b" is no prefix/],
    ['argo=/../argo', /is no prefix/],
    [`${'a'.repeat(41)}=/a`, /is no name/],
    ['argo=/argo,argo=/other', /argo is declared twice/],
    ['ci=/ci,argo=/ci/argo', /argo: nobody could tell its events from those of ci \(\/ci\)/],
    ['all=/', /all: .* those of Signalbox itself \(\/signalbox\/\)/],
    ['own=/signalbox/planning', /own: .* those of Signalbox itself/],
  ])('%s is refused with what is wrong', (text, message) => {
    expect(faults(text)).toEqual([expect.stringMatching(message)]);
  });

  it('tells every fault at once', () => {
    expect(faults('A=/a,argo=x')).toHaveLength(2);
  });

  it.each<[string, string, boolean]>([
    ['/argo', '/argo', true],
    ['/argo/prod', '/argo', true],
    ['/argocd', '/argo', false],
    ['https://ci.example.org/job/7', 'https://ci.example.org/', true],
    ['https://ci.example.org.evil.net/', 'https://ci.example.org/', false],
    ['/argo/../jenkins', '/argo', false],
    ['/argo/%2E%2e/jenkins', '/argo', false],
    ['/argo/a..b', '/argo', true],
  ])('%s under %s: %s', (uri, prefix, expected) => {
    expect(isUnder(uri, prefix)).toBe(expected);
  });

  it('have a topic each, which the gateway writes and reads, and who does stages from outside reads', () => {
    const argo = { name: 'argo', prefix: '/argo' };
    expect(topicCatalogueWith([argo]).at(-1)).toEqual({
      name: inboundTopic(argo),
      partitions: 12,
      compacted: false,
    });
    expect(topicsOf('gateway', [argo])).toMatchObject({
      publishes: ['signalbox.inbound.argo'],
      reads: expect.arrayContaining(['signalbox.inbound.argo', 'signalbox.planning']),
    });
    expect(topicsOf('test-orchestrator', [argo]).reads).toContain('signalbox.inbound.argo');
    expect(JSON.stringify(topicsOf('planning', [argo]))).not.toContain('inbound');
  });
});
