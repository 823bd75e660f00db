import { describe, expect, it } from '@jest/globals';
import { requestHeaders, responseHeaders } from './headers.js';

const incoming = {
  rawHeaders: [] as string[],
  connection: undefined,
  host: 'shop.example',
  forwardedFor: undefined,
  remoteAddress: '10.0.0.9',
  chunked: false,
  upgrade: undefined,
};

describe('headers', () => {
  it('lose what belongs to one hop, also when Connection names it', () => {
    const rawHeaders = [
      'Host',
      'shop.example',
      'Connection',
      'close, X-Hop',
      'X-Hop',
      '1',
      'TE',
      'gzip',
      'Accept',
      '*/*',
    ];
    const headers = requestHeaders({ ...incoming, rawHeaders, connection: 'close, X-Hop' });
    expect(headers.join(' ')).toContain('Accept */*');
    expect(headers.join(' ')).not.toMatch(/X-Hop|gzip|close/);
  });

  it('tell the application who asked, and do not believe the client about it', () => {
    const rawHeaders = ['X-Forwarded-For', '1.2.3.4', 'X-Forwarded-Host', 'evil'];
    const headers = requestHeaders({ ...incoming, rawHeaders, forwardedFor: '1.2.3.4' }).join(' ');
    expect(headers).toContain('X-Forwarded-For 1.2.3.4, 10.0.0.9 X-Forwarded-Proto http X-Forwarded-Host shop.example');
    expect(headers).not.toContain('evil');
  });

  it('keep an upgrade', () => {
    const headers = requestHeaders({ ...incoming, upgrade: 'websocket' }).join(' ');
    expect(headers).toContain('Connection Upgrade Upgrade websocket');
  });

  it('keep repeated headers of an answer and name the version', () => {
    const headers = responseHeaders(
      ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Connection', 'close'],
      'close',
      '1.0.0@7',
    );
    expect(headers).toEqual(['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Signalbox-Version', '1.0.0@7']);
  });
});
