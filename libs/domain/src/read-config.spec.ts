import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, readConfig } from './read-config.js';

const schema = z.object({ NAME: z.string(), CA: z.string().optional(), LEVEL: z.enum(['low', 'high']).optional() });

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'signalbox-config-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const file = join(folder, 'file');
  writeFileSync(file, text);
  return file;
}

function faultsOf(variables: Record<string, string>): string[] {
  try {
    readConfig(schema, variables);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.split('\n').slice(1);
  }
}

it('an empty variable is as good as none, be it of a value or of a file', () => {
  expect(readConfig(schema, { NAME: 'a', CA: '', CA_FILE: '', LEVEL: '' })).toEqual({ NAME: 'a' });
  expect(readConfig(schema, { NAME_FILE: '', NAME: 'a' })).toEqual({ NAME: 'a' });
});

it.each(['', '\n', ' \n\n'])('a file that holds %j is no absent value: what should be in it has not come', (text) => {
  const file = fileWith(text);
  expect(faultsOf({ NAME: 'a', CA_FILE: file })).toEqual([`  CA_FILE: the file ${file} is empty`]);
  expect(faultsOf({ NAME: 'a', NAME_FILE: file })).toEqual([`  NAME_FILE: the file ${file} is empty`]);
});

it('tells files that are empty or not there, and values that are wrong, all at once and each once', () => {
  const file = fileWith('');
  expect(faultsOf({ NAME_FILE: file, CA_FILE: join(folder, 'none'), LEVEL: 'odd' })).toEqual([
    `  NAME_FILE: the file ${file} is empty`,
    `  CA_FILE: ENOENT: no such file or directory, open '${join(folder, 'none')}'`,
    '  LEVEL: one of low, high',
  ]);
});
