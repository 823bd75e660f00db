import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readSource, readSources } from './read-sources.js';
import { check, ruleNames } from './rules.js';

const root = join(import.meta.dirname, '..', '..');
const planted = join(import.meta.dirname, 'planted');

/** A planted file names, in its first line, the rule it breaks and where it pretends to stand. */
function readPlanted(name: string) {
  const text = readFileSync(join(planted, name), 'utf8');
  const [, rule = '', path = ''] = /^\/\/ breaks (\w+) at (\S+)/.exec(text) ?? [];
  return { rule, source: readSource(path, text) };
}

describe('architecture rules', () => {
  it('are kept by every file of the repository', () => {
    expect(check(readSources(root, ['libs', 'apps']))).toEqual([]);
  });

  const names = readdirSync(planted).filter((name) => name !== 'cycle-b.txt');
  it.each(names)('catch the planted violation %s', (name) => {
    const { rule, source } = readPlanted(name);
    const store = readSource('apps/monitor/src/watch/watch.store.ts', '');
    const others = rule === 'cycles' ? [readPlanted('cycle-b.txt').source] : [store];
    expect(check([source, ...others]).map((violation) => violation.rule)).toContain(rule);
  });

  it('have a planted violation each', () => {
    const covered = names.map((name) => readPlanted(name).rule);
    expect([...ruleNames, 'cycles'].filter((rule) => !covered.includes(rule))).toEqual([]);
  });
});
