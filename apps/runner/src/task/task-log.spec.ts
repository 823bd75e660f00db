import { describe, expect, it } from '@jest/globals';
import { written } from './step.js';
import { TaskLog } from './task-log.js';

describe('a task log', () => {
  it('sends everything in order, in chunks', async () => {
    const chunks: string[] = [];
    const log = new TaskLog(async (seq, text) => {
      expect(seq).toBe(chunks.length);
      chunks.push(text);
      return true;
    });
    for (let line = 0; line < 30_000; line += 1) log.write(`line ${line}\n`);
    await log.close();
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.join('').split('\n').slice(0, -1)).toEqual(
      Array.from({ length: 30_000 }, (_, line) => `line ${line}`),
    );
  });

  it('keeps head and tail of what is too much, and stops when nobody wants it', async () => {
    let text = '';
    const log = new TaskLog(async (_, chunk) => {
      text += chunk;
      return true;
    });
    log.write('first\n');
    for (let mebibytes = 0; mebibytes < 20; mebibytes += 1) log.write('x'.repeat(1_048_576));
    log.write('last\n');
    await log.close();
    expect(text.length).toBeLessThan(11 * 1_048_576);
    expect(text.startsWith('first\n') && text.endsWith('last\n')).toBe(true);
    expect(text).toMatch(/\[\d+ MiB of output not kept\]/);

    let calls = 0;
    const unwanted = new TaskLog(async () => {
      calls += 1;
      return false;
    });
    unwanted.write('x'.repeat(1_048_576));
    await unwanted.close();
    expect(calls).toBe(1);
  });
});

describe('durations', () => {
  it('are written as the definition writes them', () => {
    expect([300, 600_000, 90_000, 3_660_000].map(written)).toEqual(['300ms', '10m', '1m30s', '1h1m']);
  });
});
