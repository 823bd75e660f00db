import { describe, expect, it } from '@jest/globals';
import { authorize, authorizeGlobally, may, mayPublish, role, scopes, visibleTo } from './roles.js';
import type { Binding, Identity, Role, Scope } from './roles.js';

const withBindings = (...bindings: Binding[]): Identity => ({
  principal: 'prn_ann',
  name: 'ann',
  kind: 'person',
  teams: [],
  emails: [],
  bindings,
});
const shop = { application: 'shop', team: 'web' };

function refusalOf(identity: Identity, scope: Scope, owned = shop): string {
  try {
    authorize(identity, scope, owned, 'release shop@1.0.0');
    return 'none';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

describe('roles', () => {
  const held = (name: Role) => scopes.filter((scope) => may(withBindings({ role: name }), scope));

  it('grow from viewer to operator; stopping takes fewer rights than going on', () => {
    expect(held('viewer')).toEqual(['read']);
    expect(held('developer')).toContain('hold:create');
    expect(held('developer')).not.toContain('hold:lift');
    const grown: Role[] = ['viewer', 'developer', 'release-manager', 'operator', 'admin'];
    for (const [index, name] of grown.slice(1).entries()) {
      expect(held(name)).toEqual(expect.arrayContaining(held(grown[index] ?? 'admin')));
    }
  });

  it('let a runner run and nothing else, and an admin everything', () => {
    expect(held('runner')).toEqual(['runner:use']);
    expect(held('admin')).toEqual([...scopes]);
    expect(role.options.filter((name) => held(name).includes('principal:write'))).toEqual(['admin']);
  });

  it('let a publisher send the events of its source and nothing else, an admin those of every source', () => {
    const argo = withBindings({ role: 'publisher', source: 'argo' });
    expect(held('publisher')).toEqual(['event:publish']);
    expect(role.options.filter((name) => held(name).includes('event:publish'))).toEqual(['admin', 'publisher']);
    expect([mayPublish(argo, 'argo'), mayPublish(argo, 'jenkins')]).toEqual([true, false]);
    expect(mayPublish(withBindings({ role: 'admin' }), 'jenkins')).toBe(true);
    expect(mayPublish(withBindings({ role: 'operator' }), 'argo')).toBe(false);
    expect(mayPublish(withBindings({ role: 'admin', application: 'shop' }), 'argo')).toBe(false);
  });
});

describe('authorization by the owner', () => {
  it.each<[string, Binding]>([
    ['for all applications', { role: 'developer' }],
    ['for this application', { role: 'developer', application: 'shop' }],
    ['for its team', { role: 'developer', team: 'web' }],
    ['for both', { role: 'developer', application: 'shop', team: 'web' }],
  ])('a role %s counts', (_where, binding) => {
    expect(refusalOf(withBindings(binding), 'release:create')).toBe('none');
  });

  it('who may see it is told that it is forbidden', () => {
    const refusal = refusalOf(withBindings({ role: 'viewer' }), 'release:create');
    expect(refusal).toBe('forbidden: ann may not do this with release shop@1.0.0');
  });

  it.each<[string, Binding]>([
    ['another application', { role: 'admin', application: 'blog' }],
    ['another team', { role: 'admin', team: 'mobile' }],
    ['a team that has lost the application', { role: 'admin', application: 'shop', team: 'mobile' }],
    ['no reading', { role: 'runner' }],
  ])('who has a role for %s is told that there is no such thing', (_what, binding) => {
    expect(refusalOf(withBindings(binding), 'release:create')).toBe('not_found: no release shop@1.0.0');
  });

  it('rights for one application are none for another that may be seen', () => {
    const identity = withBindings({ role: 'viewer' }, { role: 'admin', application: 'blog' });
    expect(refusalOf(identity, 'release:create')).toContain('forbidden');
  });

  it('what belongs to no application takes a role for all', () => {
    expect(() => authorizeGlobally(withBindings({ role: 'admin', team: 'web' }), 'freeze:write')).toThrow('may not');
    expect(() => authorizeGlobally(withBindings({ role: 'viewer' }), 'freeze:write')).toThrow('may not');
    expect(() => authorizeGlobally(withBindings({ role: 'admin' }), 'freeze:write')).not.toThrow();
  });
});

describe('lists', () => {
  it('show everything to a role for all', () => {
    expect(visibleTo(withBindings({ role: 'viewer', application: 'shop' }, { role: 'viewer' }), [])).toBe('true');
  });

  it('show nothing to who may read nothing', () => {
    expect(visibleTo(withBindings({ role: 'runner' }), [])).toBe('false');
    expect(visibleTo(withBindings(), [])).toBe('false');
  });

  it('show the rows of each role, with values as parameters', () => {
    const params: unknown[] = ['before'];
    const identity = withBindings({ role: 'viewer', application: 'shop' }, { role: 'admin', team: 'web' });
    expect(visibleTo(identity, params, { application: 'a.name', team: 'a.team' })).toBe(
      '((a.name = $2) OR (a.team = $3))',
    );
    expect(params).toEqual(['before', 'shop', 'web']);
  });
});
