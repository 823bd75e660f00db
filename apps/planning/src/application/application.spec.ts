import { expect, it } from '@jest/globals';
import { manifest } from '@signalbox/domain';
import { define, redefine } from './application.js';

const file = (healthCheckPath: string) =>
  manifest.parse({
    apiVersion: 'signalbox/v1',
    name: 'shop',
    runtime: { command: ['node', 'server.js'], healthCheckPath },
  });

it('a file at a commit changes the definition, and neither whose the application is nor where it is', () => {
  const { next: first } = define({ team: 'web', repository: '/shop', manifest: file('/one') });
  const { next: moved } = redefine(first, { team: 'core', repository: '/new', manifest: file('/one') }, 'rest');
  const { next, events } = redefine(moved, { manifest: file('/two') }, 'file');
  expect(next).toMatchObject({ team: 'core', repository: '/new', source: 'file', definitionVersion: 3 });
  expect(next.definition.runtime.healthCheckPath).toBe('/two');
  expect(events).toHaveLength(1);
  expect(redefine(next, { manifest: file('/two') }, 'file')).toEqual({ next, events: [] });
});
