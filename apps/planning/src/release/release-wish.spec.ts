import { describe, expect, it } from '@jest/globals';
import { releaseWish } from './release-wish.js';

const faultsOf = (wish: object) =>
  releaseWish
    .safeParse({ application: 'shop', ...wish })
    .error?.issues.map(({ path, message }) => `${path.join('/')}: ${message}`);

describe('what a release is wished to be', () => {
  it.each([
    [{}],
    [{ version: '1.4.0' }],
    [{ version: 'v1.4.0-rc.1' }],
    [{ bump: 'minor' }],
    [{ version: undefined, bump: 'patch' }],
  ])('may be %j', (wish) => {
    expect(faultsOf(wish)).toBeUndefined();
  });

  it.each([
    [{ version: 'new' }, 'version: a version such as 1.4.0'],
    [{ version: '1.0.0+b' }, 'version: has build metadata, which versions are not told apart by: give it without +b'],
    [
      { version: 'v1.0.0-rc.1+b.7' },
      'version: has build metadata, which versions are not told apart by: give it without +b.7',
    ],
    [{ version: '1.0.0', bump: 'minor' }, 'bump: the version is given already: give one of the two'],
  ])('may not be %j', (wish, fault) => {
    expect(faultsOf(wish)).toEqual([fault]);
  });
});
