import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { askSupervisor, openControl } from './control.js';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-control-'));
let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  rmSync(folder, { recursive: true, force: true });
});

it('what went wrong in the cluster is told whole where it was asked, after what went well', async () => {
  const file = join(folder, 'control.json');
  close = await openControl(file, {
    restart: () => Promise.resolve(),
    scale: async (_service, _count, tell) => {
      tell('planning-2 ready in 1.0s');
      throw new Error('planning-3 died 3 times at its start; the end of planning-3.log:\nlisten EADDRINUSE');
    },
  });
  const said: string[] = [];
  await expect(askSupervisor(file, ['scales/planning/3'], (line) => said.push(line))).rejects.toThrow(
    /^planning-3 died 3 times at its start; the end of planning-3\.log:\nlisten EADDRINUSE$/,
  );
  expect(said).toEqual(['planning-2 ready in 1.0s']);
});
