import { describe, expect, it } from '@jest/globals';
import { Failure, UnavailableFailure } from './failure.js';
import { waitFor } from './wait.js';

describe('waiting', () => {
  it('outlasts a gateway that is being restarted', async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      if (asked < 3) throw new UnavailableFailure(1, 'http://localhost:4600 does not answer');
      return asked;
    };
    expect(await waitFor('the release', 1_000, ask, 1)).toBe(3);
  });

  it('waits for a gateway that stays away no longer than for anything else', async () => {
    const ask = () => Promise.reject(new UnavailableFailure(1, 'http://localhost:4600 does not answer'));
    await expect(waitFor('the release', 10, ask, 1)).rejects.toThrow('the release took longer than 0.01s');
  });

  it('ends with any other failure at once', async () => {
    const ask = () => Promise.reject(new Failure(1, 'no such release'));
    await expect(waitFor('the release', 1_000, ask, 1)).rejects.toThrow('no such release');
  });
});
