import { once } from 'node:events';
import { mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HeldPorts } from './held-ports.js';
import { addReplicaPort, openInstallation } from './installation.js';
import type { Installation } from './installation.js';

let folder: string;
let ports: HeldPorts;
let installation: Installation;
const open = async () => {
  ports?.release();
  ports = new HeldPorts();
  installation = await openInstallation(folder, ['planning'], ports, () => false);
};
const portOf = (name: string) => addReplicaPort(folder, installation, name, ports);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-ports-'));
  await open();
});
afterEach(async () => {
  ports.release();
  await rm(folder, { recursive: true, force: true });
});

describe('the port of one more process', () => {
  it('is the one that it had, also after the installation was started anew', async () => {
    const port = await portOf('planning-2');
    expect(await portOf('planning-2')).toBe(port);
    await open();
    expect(await portOf('planning-2')).toBe(port);
  });

  it('is not one that is kept for another process, which may not run now', async () => {
    const kept = await portOf('planning-3');
    await open();
    expect(await portOf('planning-4')).not.toBe(kept);
    expect(await portOf('planning-3')).toBe(kept);
  });

  it('is another one where somebody else listens by now, or where an earlier build gave one to two', async () => {
    const port = await portOf('planning-2');
    const stranger = createServer().listen(port, '127.0.0.1');
    await once(stranger, 'listening');
    const moved = await portOf('planning-2');
    stranger.close();
    expect(moved).not.toBe(port);
    installation.replicaPorts['planning-3'] = moved;
    expect(await portOf('planning-3')).not.toBe(moved);
    expect(await portOf('planning-2')).toBe(moved);
  });
});

describe('the keys of an installation that cannot be read', () => {
  const file = () => join(folder, 'secrets', 'installation.json');

  it('are not replaced by new ones', async () => {
    await rm(file());
    await symlink(file(), file());
    await expect(open()).rejects.toThrow(
      /installation\.json cannot be read: ELOOP.*\nfix: it holds this installation's keys/,
    );
    expect(await readlink(file())).toBe(file());
  });

  it('nor where the file is damaged', async () => {
    await writeFile(file(), '{"id":');
    await expect(open()).rejects.toThrow(/installation\.json cannot be read: .*JSON/);
  });
});
