import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Installation } from '../support/installation.js';

/** Alone: another installation may take a port that one has just left. */
describe('a start', () => {
  afterAll(() => Installation.discardAll());

  it('takes the next free port where one is taken, says so, and keeps it', async () => {
    const blocker = createServer();
    // Where it is taken already, by an installation that somebody uses, it is taken just as well.
    await new Promise<void>((resolve) => {
      blocker.once('error', () => resolve()).listen(4600, '127.0.0.1', () => resolve());
    });
    const first = new Installation(['--no-demo']);
    first.start();
    await first.ready();
    const { url } = first;
    expect(first.output).toContain(`API ${url}`);
    expect(url).not.toBe('http://localhost:4600');
    await first.stop();
    await new Promise((resolve) => blocker.close(resolve));
    const second = new Installation(['--no-demo'], first.state);
    second.start();
    await second.ready();
    expect(second.url).toBe(url);
  }, 90_000);
});
