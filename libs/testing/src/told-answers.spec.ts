import { describe, expect, it } from '@jest/globals';
import { Told } from './told-answers.js';

const thing = {
  type: 'object',
  properties: { id: { type: 'string' }, madeAt: { type: 'string', format: 'date-time' } },
  required: ['id'],
};
const problem = { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] };
const response = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } };
const told = new Told({
  paths: {
    '/v1/things/{id}': { get: { responses: { '200': response } } },
    '/v1/things/newest': { get: { responses: { '200': {}, '203': response } } },
    '/v1/things/oldest': { get: { responses: { '200': {} } } },
  },
  components: { schemas: { Thing: thing, Problem: problem } },
});
const [method, type] = ['GET', 'application/json'];
const answered = (body: unknown, more: { path?: string; status?: number; type?: string } = {}) => {
  told.check({ method, type, path: '/v1/things/7?full=yes', status: 200, ...more }, body);
};

describe('an answer held against the document', () => {
  it('passes as it is told', () => {
    answered({ id: 't', madeAt: '2026-11-27T10:00:00Z' });
    answered({ code: 'not_found' }, { status: 404, type: 'application/problem+json' });
  });

  it('may lack nothing, have nothing more, and be nothing else', () => {
    expect(() => answered({})).toThrow("must have required property 'id'");
    expect(() => answered({ id: 't', size: 1 })).toThrow(
      'must NOT have additional properties {"additionalProperty":"size"}',
    );
    expect(() => answered({ id: 7 })).toThrow('/id must be string');
    expect(() => answered({ id: 't', madeAt: 'noon' })).toThrow('/madeAt must match format "date-time"');
    expect(() => answered({}, { status: 404, type: 'application/problem+json' })).toThrow("required property 'code'");
  });

  it('has a status and a type that are told', () => {
    expect(() => answered({ id: 't' }, { status: 201 })).toThrow('tells of no application/json with 201');
    expect(() => answered({ id: 't' }, { path: '/v1/things/newest' })).toThrow(
      'GET /v1/things/newest: the OpenAPI document',
    );
  });

  it('is not judged where the document has no such operation, or tells nothing of it', () => {
    expect(told.has('GET', '/v1/others')).toBe(false);
    expect(told.has('POST', '/v1/things/7')).toBe(false);
    answered('anything', { path: '/v1/others' });
    answered('anything', { path: '/v1/things/oldest' });
  });
});
