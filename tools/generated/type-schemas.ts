import ts from 'typescript';
import { commentOf } from './type-names.js';
import type { TypeNames } from './type-names.js';

type Literal = ts.StringLiteralType | ts.NumberLiteralType;
export type Schema = Record<string, unknown>;

/** A type of whose JSON nothing useful can be said, with where it is. */
export class Unsayable extends Error {}

/** How fields are called that hold a time, which the wire has as text. */
const timeField = /(?:At|Since|Until)$|^(?:at|since|until|from|to|now|asOf|notBefore)$/;

/**
 * JSON Schemas of what `JSON.stringify` makes of types. Interfaces and aliases that are exported become named schemas,
 * with their comments; types made of others, as by `Omit`, are written out where they are.
 */
export class TypeSchemas {
  /** By name, those that were asked for, and what they refer to. */
  readonly named = new Map<string, Schema>();
  private readonly owners = new Map<string, ts.Type>();

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly names: TypeNames,
  ) {}

  /** @throws Unsayable */
  of(type: ts.Type, where: string): Schema {
    const found = this.names.of(type);
    if (!found) return this.unnamed(type, where);
    const { name, comment } = found;
    const owner = this.owners.get(name) ?? type;
    if (this.names.of(owner) !== found) throw new Unsayable(`${where}: two types are called ${name}`);
    if (!this.named.has(name)) {
      // Known before it is written: it may hold itself.
      const schema: Schema = {};
      this.named.set(name, schema);
      this.owners.set(name, type);
      Object.assign(schema, comment && { description: comment }, this.unnamed(type, name));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  private unnamed(type: ts.Type, where: string): Schema {
    if (type.flags & ts.TypeFlags.Unknown) return {};
    if (type.isUnion()) return this.union(type.types, where);
    return simple(type, this.checker) ?? this.composed(type, where);
  }

  private composed(type: ts.Type, where: string): Schema {
    const [element] = this.elementsOf(type);
    if (element) return { type: 'array', items: this.of(element, `${where}[]`) };
    if (type.symbol?.name === 'Date') return { type: 'string', format: 'date-time' };
    if (type.getCallSignatures().length > 0 || !(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)))
      throw new Unsayable(`${where}: ${this.checker.typeToString(type)}`);
    return this.object(type, where);
  }

  private elementsOf(type: ts.Type): readonly ts.Type[] {
    if (!this.checker.isArrayType(type) && !this.checker.isTupleType(type)) return [];
    const element = this.checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    return element ? [element] : [];
  }

  private object(type: ts.Type, where: string): Schema {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const property of this.checker.getPropertiesOfType(type).toSorted(asDeclared)) {
      const of = this.checker.getTypeOfSymbol(property);
      if (of.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Never)) continue;
      properties[property.name] = this.property(property, of, `${where}.${property.name}`);
      if (!mayBeAbsent(property, of)) required.push(property.name);
    }
    const others = this.checker.getIndexTypeOfType(type, ts.IndexKind.String);
    const isClosed = others && Boolean(others.flags & ts.TypeFlags.Never);
    return {
      type: 'object',
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...(others && { additionalProperties: isClosed ? false : this.of(others, `${where}.*`) }),
    };
  }

  private property(property: ts.Symbol, type: ts.Type, where: string): Schema {
    const members = membersOf(type);
    const isNullable = members.some(({ flags }) => flags & ts.TypeFlags.Null);
    const isWhole = !members.some(({ flags }) => flags & ts.TypeFlags.Undefined);
    const there = isNullable || isWhole ? type : this.checker.getNonNullableType(type);
    const schema = this.of(there, where);
    const isTime = timeField.test(property.name) && [schema['type']].flat()[0] === 'string' && !schema['enum'];
    const comment = commentOf(property, this.checker);
    return { ...schema, ...(isTime && { format: 'date-time' }), ...(comment && { description: comment }) };
  }

  private union(types: readonly ts.Type[], where: string): Schema {
    const values = types.filter((type) => !(type.flags & ts.TypeFlags.Undefined));
    const literals = values.filter((type): type is Literal => type.isStringLiteral() || type.isNumberLiteral());
    const flags = values.filter((type) => type.flags & ts.TypeFlags.BooleanLiteral);
    const others = values.filter((type) => !literals.includes(type as Literal) && !flags.includes(type));
    const alternatives = distinct([
      ...enumsOf(literals),
      ...(flags.length === 2 ? [{ type: 'boolean' }] : flags.map((flag) => this.unnamed(flag, where))),
      ...others.map((type) => this.of(type, where)).toSorted(nullLast),
    ]);
    const [first, second] = alternatives;
    if (first && alternatives.length === 1) return first;
    // The usual way to say that it may be null.
    const isSimple = alternatives.length === 2 && second?.['type'] === 'null' && typeof first?.['type'] === 'string';
    if (isSimple && !('enum' in first) && !('const' in first)) return { ...first, type: [first['type'], 'null'] };
    return { anyOf: alternatives };
  }
}

/** The compiler's own order, of what is made by `Omit` too, is that in which it met them. */
function asDeclared(a: ts.Symbol, b: ts.Symbol): number {
  const [left, right] = [a.declarations?.[0], b.declarations?.[0]];
  if (!left || !right) return 0;
  const [leftFile, rightFile] = [left.getSourceFile().fileName, right.getSourceFile().fileName];
  return leftFile === rightFile ? left.pos - right.pos : leftFile < rightFile ? -1 : 1;
}

function nullLast(a: Schema, b: Schema): number {
  const [left, right] = [a, b].map((schema) => `${schema['type'] === 'null' ? 1 : 0}${JSON.stringify(schema)}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

function distinct(schemas: readonly Schema[]): Schema[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}

function membersOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

function mayBeAbsent(property: ts.Symbol, type: ts.Type): boolean {
  const isOptional = Boolean(property.flags & ts.SymbolFlags.Optional);
  return isOptional || membersOf(type).some(({ flags }) => flags & ts.TypeFlags.Undefined);
}

function enumsOf(literals: readonly Literal[]): Schema[] {
  const values = Map.groupBy(
    literals.map(({ value }) => value),
    (value) => typeof value,
  );
  return [...values].map(([type, all]) => ({ type, enum: all.toSorted((a, b) => (a < b ? -1 : 1)) }));
}

function simple(type: ts.Type, checker: ts.TypeChecker): Schema | undefined {
  if (type.isStringLiteral() || type.isNumberLiteral()) return { type: typeof type.value, const: type.value };
  if (type.flags & ts.TypeFlags.BooleanLiteral) {
    return { type: 'boolean', const: checker.typeToString(type) === 'true' };
  }
  if (type.flags & ts.TypeFlags.StringLike) return { type: 'string' };
  if (type.flags & ts.TypeFlags.NumberLike) return { type: 'number' };
  if (type.flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
  if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
  return undefined;
}
