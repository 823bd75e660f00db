import { describe, expect, it } from '@jest/globals';
import { mergeOpenApi } from './openapi.js';
import type { OpenApiDocument } from './openapi.js';

const aDocument = (paths: OpenApiDocument['paths'], schemas: Record<string, object> = {}): OpenApiDocument => ({
  openapi: '3.1.0',
  info: { title: 'a service', version: '1' },
  paths,
  components: { schemas },
});

describe('merging OpenAPI documents', () => {
  const refersTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const list = (name: string) => ({ get: { 'x-scope': 'read', answers: refersTo(name) } });
  const schemas = {
    Problem: {},
    Build: { of: refersTo('Task') },
    Task: { in: refersTo('Build') },
    Lease: refersTo('Task'),
  };
  const releases = aDocument({ '/v1/releases': list('Problem') }, { Problem: {} });
  const builds = aDocument({ '/v1/builds': list('Build') }, schemas);

  it('puts paths and components side by side, in an order that does not depend on who answered first', () => {
    const merged = mergeOpenApi([releases, builds]);
    expect(Object.keys(merged.paths)).toEqual(['/v1/builds', '/v1/releases']);
    expect(Object.keys(merged.components?.['schemas'] ?? {})).toEqual(['Build', 'Problem', 'Task']);
    expect(JSON.stringify(mergeOpenApi([builds, releases]))).toBe(JSON.stringify(merged));
  });

  it('leaves out what the gateway does not pass on, and components that nothing else needs', () => {
    const runners = aDocument({
      '/v1/leases': { post: { 'x-scope': 'public' } },
      '/v1/tasks/{id}/logs/{seq}': { put: { 'x-scope': 'public' }, get: { 'x-scope': 'read' } },
    });
    expect(mergeOpenApi([runners]).paths).toEqual({ '/v1/tasks/{id}/logs/{seq}': { get: { 'x-scope': 'read' } } });
  });
});
