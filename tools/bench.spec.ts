import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { askedFor } from '../bench/arguments.mjs';

const bench = join(import.meta.dirname, '..', 'bench');

function refused(...args: string[]): [status: number | null, stderr: string] {
  // Whatever is not refused is to go no further than this.
  const env = { ...process.env, PATH: '' };
  const run = [join(bench, 'run.mjs'), ...args];
  const { status, stderr } = spawnSync(process.execPath, run, { encoding: 'utf8', env, timeout: 20_000 });
  return [status, stderr];
}

const number = 'a whole number above 0';

it.each([
  [['relay', '1x', '10', '1'], `relay takes ${number} as repetitions, not 1x: relay [repetitions] [rows] [seconds]`],
  [['relay', '0', '10', '1'], `relay takes ${number} as repetitions, not 0: relay [repetitions] [rows] [seconds]`],
  [['relay', '1', '-10'], `relay takes ${number} as rows, not -10: relay [repetitions] [rows] [seconds]`],
  [['relay', '1', '1e5'], `relay takes ${number} as rows, not 1e5: relay [repetitions] [rows] [seconds]`],
  [['scaling', '5x'], `scaling takes ${number} as repetitions, not 5x: scaling [repetitions] [seconds] [partitions]`],
  [['router', '1', '0.0'], 'router takes a number above 0 as seconds, not 0.0: router [repetitions] [seconds]'],
  [['router', '1', '1,2'], 'router takes a number above 0 as seconds, not 1,2: router [repetitions] [seconds]'],
  [['start', '5', '6'], 'start takes no 6 after 5: start [repetitions]'],
  [
    ['releases', '5', '8', '1,,64'],
    `releases takes ${number}, or several with commas between them as clients, not 1,,64: releases [repetitions] [seconds] [clients,…]`,
  ],
  [
    ['intake', '5', '10', 'single,kafkas'],
    'intake takes one of single, batch, kafka, or several with commas between them as ways, not single,kafkas: intake [repetitions] [events] [ways,…]',
  ],
  [['start', '5', 'kafka'], 'start takes no kafka after 5: start [repetitions]'],
  [['soak', '', '12'], 'soak takes a number above 0 as minutes, not an empty one: soak [minutes] [applications]'],
])('%j is refused in a sentence, before anything begins', (args, says) => {
  expect(refused(...args)).toEqual([2, `error: ${says}\n`]);
});

it.each([[['5']], [['5', 'relay']], [['relay', '1', 'scalin', '5']]])('%j names no part that there is', (args) => {
  expect(refused(...args)).toEqual([
    2,
    expect.stringMatching(/^error: there is no part (?:5|scalin); there are start, /),
  ]);
});

it('takes what the documents say, and the forms of each argument', () => {
  const told = readFileSync(join(bench, 'README.md'), 'utf8').matchAll(/`npm run bench -- ([^`[]+)`/g);
  const commands = [...told].map(([, args = '']) => args.split(' '));
  expect(commands.length).toBeGreaterThan(5);
  for (const args of commands) expect(askedFor(args).flat()).toEqual(args);
  expect(askedFor(['start', '5', 'scaling', '5', '0.5', '16', 'intake', '1', '100', 'kafka,batch'])).toEqual([
    ['start', '5'],
    ['scaling', '5', '0.5', '16'],
    ['intake', '1', '100', 'kafka,batch'],
  ]);
  expect(askedFor([]).flat()).toEqual(expect.arrayContaining(['start', 'soak']));
});
