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
  const releases = aDocument({ '/v1/releases': { get: { 'x-scope': 'read' } } }, { Problem: {}, B: {} });
  const builds = aDocument({ '/v1/builds': { get: { 'x-scope': 'read' } } }, { Problem: {}, A: {} });

  it('puts paths and components side by side, in an order that does not depend on who answered first', () => {
    const merged = mergeOpenApi([releases, builds]);
    expect(Object.keys(merged.paths)).toEqual(['/v1/builds', '/v1/releases']);
    expect(Object.keys(merged.components?.['schemas'] ?? {})).toEqual(['A', 'B', 'Problem']);
    expect(JSON.stringify(mergeOpenApi([builds, releases]))).toBe(JSON.stringify(merged));
  });

  it('leaves out what the gateway does not pass on', () => {
    const runners = aDocument({
      '/v1/leases': { post: { 'x-scope': 'public' } },
      '/v1/tasks/{id}/logs/{seq}': { put: { 'x-scope': 'public' }, get: { 'x-scope': 'read' } },
    });
    expect(mergeOpenApi([runners]).paths).toEqual({ '/v1/tasks/{id}/logs/{seq}': { get: { 'x-scope': 'read' } } });
  });
});
