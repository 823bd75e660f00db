import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@signalbox/domain';
import { RepositoryRules } from './repository-rules.js';

function refusalOf(location: string, allowsLocal: boolean): string | undefined {
  try {
    new RepositoryRules(allowsLocal).refuseOther(location);
    return undefined;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid') return error.message;
    throw error;
  }
}

const remote = [
  'https://git.example.com/shop.git',
  'ssh://git@git.example.com:22/shop.git',
  'git@git.example.com:team/shop.git',
];
const local = ['/srv/git/shop', 'file:///srv/git/shop'];
const never = [
  '',
  'shop',
  '../shop',
  '-upload-pack=x',
  'http://git.example.com/shop.git',
  'git://git.example.com/shop.git',
  'ext::sh -c touch% /tmp/x',
  'fd::17',
  'https://',
  'ssh://-oProxyCommand=x/shop',
  '-git@git.example.com:shop',
  'git@-oProxyCommand=x:shop',
  'https::/srv/git/shop',
];

describe('a repository', () => {
  it.each(remote)('%s is read wherever Signalbox runs', (location) => {
    expect([refusalOf(location, false), refusalOf(location, true)]).toEqual([undefined, undefined]);
  });

  it.each(local)('%s is read only where local ones are allowed, and the refusal says what is', (location) => {
    expect(refusalOf(location, true)).toBeUndefined();
    expect(refusalOf(location, false)).toMatch(/https:\/\/.*ssh:\/\/.*git@host:path/);
  });

  it.each(never)('"%s" is read nowhere', (location) => {
    expect([refusalOf(location, false), refusalOf(location, true)]).toEqual([expect.any(String), expect.any(String)]);
  });
});

it('git itself speaks no other protocol', () => {
  expect([new RepositoryRules(true).protocols, new RepositoryRules(false).protocols]).toEqual([
    'https:ssh:file',
    'https:ssh',
  ]);
});
