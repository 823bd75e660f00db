import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AddressRefusedError, guardedFetch, isPrivateAddress } from './guarded-fetch.js';

let server: Server;
let port: number;
let calls = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    calls += 1;
    if (request.url === '/away') response.writeHead(302, { location: '/' }).end();
    else response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('an address that users give', () => {
  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', 'localhost'])(
    '%s is refused before anything is sent',
    async (host) => {
      const before = calls;
      await expect(guardedFetch(false)(`http://${host}:${port}/`)).rejects.toBeInstanceOf(AddressRefusedError);
      expect(calls).toBe(before);
    },
  );

  it('is called when the operator allows private ones', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const answer = await guardedFetch(true)(`http://${host}:${port}/`);
      expect(await answer.text()).toBe('here');
    }
  });

  it('does not lead elsewhere', async () => {
    const before = calls;
    await expect(guardedFetch(true)(`http://127.0.0.1:${port}/away`)).rejects.toThrow('fetch failed');
    expect(calls).toBe(before + 1);
  });
});

describe('private addresses', () => {
  const v4 = '0.0.0.0 10.1.2.3 100.64.0.1 127.9.9.9 169.254.169.254 172.31.0.1 192.168.1.1 224.0.0.1 255.255.255.255';
  const v6 = ':: ::1 fe80::1 fd00::1 ff02::1 64:ff9b::a00:1 ::ffff:10.0.0.1';
  it.each(`${v4} ${v6}`.split(' '))('%s is one', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['1.1.1.1', '93.184.215.14', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])(
    '%s is none',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});
