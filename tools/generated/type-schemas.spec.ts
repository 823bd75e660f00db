import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { TypeNames } from './type-names.js';
import { TypeSchemas } from './type-schemas.js';

const source = `
type Kept<T> = Omit<T, 'hidden'>;
/** Something that is shown. */
export type ShownThing = Kept<{ id: string; hidden: string; at: Date; parts?: readonly Part[] }>;
export interface Part { size: number | null; state?: State; inner?: Part; gone: undefined; soldAt: string; whole: true | null }
export type State = 'used' | 'new';
export interface Told { anything: unknown; by: Record<string, boolean>; none: Record<string, never> }
export interface Either { value: string | { code: 1 } | null }
export interface Function { call(): void }
export interface Lost { from: Nowhere }
export interface Thing { id: string }
export interface Both { thing: Thing; shown: ShownThing }
`;
const folder = mkdtempSync(join(tmpdir(), 'signalbox-types-'));
let schemas: TypeSchemas;
let typeOf: (name: string) => ts.Type;

beforeAll(() => {
  const file = join(folder, 'types.ts');
  writeFileSync(file, source);
  const program = ts.createProgram([file], { strict: true, noEmit: true, types: [] });
  const checker = program.getTypeChecker();
  const parsed = program.getSourceFile(file);
  if (!parsed) throw new Error('nothing was parsed');
  const declared = new Map(
    checker.getExportsOfModule(checker.getSymbolAtLocation(parsed) as ts.Symbol).map((each) => [each.name, each]),
  );
  typeOf = (name) => checker.getDeclaredTypeOfSymbol(declared.get(name) as ts.Symbol);
  schemas = new TypeSchemas(checker, new TypeNames(checker, [parsed]));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the schema of a type', () => {
  it('is named as the type, without Shown, and has its comment and what it refers to', () => {
    expect(schemas.of(typeOf('ShownThing'), 'thing')).toEqual({ $ref: '#/components/schemas/Thing' });
    expect(schemas.named.get('Thing')).toEqual({
      description: 'Something that is shown.',
      type: 'object',
      properties: {
        id: { type: 'string' },
        at: { type: 'string', format: 'date-time' },
        parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } },
      },
      required: ['id', 'at'],
    });
    expect(schemas.named.get('Part')).toEqual({
      type: 'object',
      properties: {
        size: { type: ['number', 'null'] },
        state: { $ref: '#/components/schemas/State' },
        inner: { $ref: '#/components/schemas/Part' },
        soldAt: { type: 'string', format: 'date-time' },
        whole: { anyOf: [{ type: 'boolean', const: true }, { type: 'null' }] },
      },
      required: ['size', 'soldAt', 'whole'],
    });
  });

  it('leaves open what is unknown, and closes what can hold nothing', () => {
    schemas.of(typeOf('Told'), 'told');
    expect(schemas.named.get('Told')).toEqual({
      type: 'object',
      properties: {
        anything: {},
        by: { type: 'object', additionalProperties: { type: 'boolean' } },
        none: { type: 'object', additionalProperties: false },
      },
      required: ['anything', 'by', 'none'],
    });
  });

  it('has the alternatives of a union, null last', () => {
    schemas.of(typeOf('Either'), 'either');
    const code = { type: 'object', properties: { code: { type: 'number', const: 1 } }, required: ['code'] };
    expect(schemas.named.get('Either')).toMatchObject({
      properties: { value: { anyOf: [code, { type: 'string' }, { type: 'null' }] } },
    });
  });

  it('is refused where there is none, and where one name would have two', () => {
    expect(() => schemas.of(typeOf('Function'), 'answer')).toThrow('Function.call: () => void');
    expect(() => schemas.of(typeOf('Lost'), 'answer')).toThrow('Lost.from: Nowhere');
    expect(() => schemas.of(typeOf('Both'), 'answer')).toThrow('Both.thing: two types are called Thing');
  });
});
