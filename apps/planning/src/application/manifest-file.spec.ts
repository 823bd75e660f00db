import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@signalbox/domain';
import { readManifest } from './manifest-file.js';
import type { ManifestFault } from './manifest-file.js';

const head = 'apiVersion: signalbox/v1\nname: shop\nruntime:\n  command: [node, server.js]\n';
const canary = `${head}environments:
  production:
    strategy:
      canary:
        steps:
          - setWeight: 10
`;
const twoKeys = `${canary}          - setWeight: 20
            pause: {}
`;

function refusalOf(text: string): DomainError {
  try {
    readManifest(text);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('accepted');
}
const faultsOf = (text: string) => (refusalOf(text).more.errors ?? []) as ManifestFault[];

describe('signalbox.yaml', () => {
  it('is read', () => {
    expect(readManifest(head)).toMatchObject({ name: 'shop', runtime: { command: ['node', 'server.js'] } });
  });

  it.each([
    ['two keys in a step', twoKeys, 'signalbox.yaml:11:13 steps[1]: one key; found setWeight, pause'],
    ['an unknown key', `${head}colour: red\n`, 'signalbox.yaml:5:9 unknown key "colour"'],
    ['an unknown key further in', `${head}build:\n  shell: sh\n`, 'signalbox.yaml:6:10 build: unknown key "shell"'],
    [
      'an unknown key in a step',
      twoKeys.replace('pause: {}', 'pauze: {}').replace('setWeight: 20\n            ', ''),
      'signalbox.yaml:11:20 steps[1]: unknown key "pauze"',
    ],
    [
      'something missing deep in a step',
      `${canary}          - { analysis: {} }\n`,
      'signalbox.yaml:11:25 steps[1].analysis.duration: is missing',
    ],
    [
      'a wrong type',
      `${canary}          - { setWeight: ten }\n`,
      'signalbox.yaml:11:26 steps[1].setWeight: a number is expected',
    ],
    [
      'aliases of aliases',
      `${head}a: &a [1]\n${['b', 'c', 'd', 'e'].map((key, index) => `${key}: &${key} [${`*${'abcd'[index]},`.repeat(9)}]\n`).join('')}`,
      'signalbox.yaml:1:1 its aliases are too many',
    ],
    ['broken YAML', `${head}build: [a\n`, 'signalbox.yaml:6:1 '],
    [
      'a wrong duration',
      `${head}build:\n  steps:\n    - { run: [ls], timeout: soon }\n`,
      'signalbox.yaml:7:29 steps[0].timeout: ',
    ],
    ['nothing at all', '', 'signalbox.yaml:1:1 apiVersion: is missing'],
  ])('names %s with line and column', (_, text, begins) => {
    expect(refusalOf(text).message.slice(0, begins.length)).toBe(begins);
  });

  it('tells all faults at once, in the order of their lines', () => {
    const faults = faultsOf(`${twoKeys}colour: red\nfeedback: { window: soon }\n`);
    expect(faults.map(({ pointer, line }) => [pointer, line])).toEqual([
      ['/environments/production/strategy/canary/steps/1', 11],
      ['/colour', 13],
      ['/feedback/window', 14],
    ]);
  });
});
