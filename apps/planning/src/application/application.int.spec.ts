import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ann, Installation, manifestOf } from '../../testing/installation.js';

let planning: Installation;
beforeAll(async () => {
  planning = await Installation.start({ ALLOW_LOCAL_REPOSITORIES: 'false' });
});
afterAll(() => planning.stop());

it('an application in a folder is refused, with what is allowed, where local repositories are not', async () => {
  const register = (repository: string) =>
    planning.call(ann, 'POST', '/v1/applications', { manifestText: manifestOf('shop'), repository });
  expect(await register('/etc')).toMatchObject({
    status: 400,
    body: { code: 'invalid', detail: expect.stringContaining('https://'), errors: [{ pointer: '/repository' }] },
  });
  expect((await register('https://git.example.com/shop.git')).status).toBe(201);
});
