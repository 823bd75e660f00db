import ts from 'typescript';

type Literal = ts.StringLiteralType | ts.NumberLiteralType;
export type Schema = Record<string, unknown>;

/** A type of whose JSON nothing useful can be said, with where it is. */
export class Unsayable extends Error {}

/**
 * JSON Schemas of what `JSON.stringify` makes of types. Interfaces and aliases that are exported become named schemas,
 * with their comments; types made of others, as by `Omit`, are written out where they are.
 */
export class TypeSchemas {
  /** By name, those that were asked for, and what they refer to. */
  readonly named = new Map<string, Schema>();
  private readonly owners = new Map<string, ts.Type>();
  private readonly names: ReadonlyMap<ts.Type, string>;

  constructor(
    private readonly checker: ts.TypeChecker,
    files: readonly ts.SourceFile[],
  ) {
    this.names = namesOf(checker, files);
  }

  /** @throws Unsayable */
  of(type: ts.Type, where: string): Schema {
    const name = this.names.get(type);
    if (name === undefined) return this.unnamed(type, where);
    const owner = this.owners.get(name) ?? type;
    if (owner !== type) throw new Unsayable(`${where}: two types are called ${name}`);
    if (!this.named.has(name)) {
      // Known before it is written: it may hold itself.
      const schema: Schema = {};
      this.named.set(name, schema);
      this.owners.set(name, type);
      const comment = commentOf(type.aliasSymbol ?? type.symbol, this.checker);
      Object.assign(schema, comment, this.unnamed(type, name));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  private unnamed(type: ts.Type, where: string): Schema {
    if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return {};
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
      const there = defined(of);
      if (there.length === 0) continue;
      const at = `${where}.${property.name}`;
      const schema = there.length === unionOf(of).length ? this.of(of, at) : this.union(there, at);
      properties[property.name] = { ...schema, ...commentOf(property, this.checker) };
      const isOptional = Boolean(property.flags & ts.SymbolFlags.Optional) || there.length < unionOf(of).length;
      if (!isOptional) required.push(property.name);
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

  private union(types: readonly ts.Type[], where: string): Schema {
    const values = types.filter((type) => !(type.flags & ts.TypeFlags.Undefined));
    const literals = values.filter((type): type is Literal => type.isStringLiteral() || type.isNumberLiteral());
    const flags = values.filter((type) => type.flags & ts.TypeFlags.BooleanLiteral);
    const others = values.filter((type) => !literals.includes(type as Literal) && !flags.includes(type));
    const alternatives = [
      ...(literals.length > 0 ? [enumOf(literals)] : []),
      ...(flags.length === 2 ? [{ type: 'boolean' }] : flags.map((flag) => this.unnamed(flag, where))),
      ...others.map((type) => this.of(type, where)).toSorted(nullLast),
    ];
    const [only] = alternatives;
    if (only && alternatives.length === 1) return only;
    // The usual way to say that it may be null.
    const [first, second] = alternatives;
    const isSimple = alternatives.length === 2 && second?.['type'] === 'null' && typeof first?.['type'] === 'string';
    if (isSimple && !first?.['enum']) return { ...first, type: [first?.['type'], 'null'] };
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
  const [left, right] = [a, b].map((schema) => [schema['type'] === 'null' ? 1 : 0, JSON.stringify(schema)] as const);
  return (left?.[0] ?? 0) - (right?.[0] ?? 0) || ((left?.[1] ?? '') < (right?.[1] ?? '') ? -1 : 1);
}

function unionOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

function defined(type: ts.Type): readonly ts.Type[] {
  return unionOf(type).filter(({ flags }) => !(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Never)));
}

function enumOf(literals: readonly Literal[]): Schema {
  const values = literals.map(({ value }) => value);
  return { type: typeof values[0], enum: values.toSorted() };
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

/**
 * Exported object types and unions, by their names; `ShownRelease`, which is how REST answers a release, is `Release`. An alias counts for the type itself, also where its origin is inferred.
 */
function namesOf(checker: ts.TypeChecker, files: readonly ts.SourceFile[]): Map<ts.Type, string> {
  const names = new Map<ts.Type, string>();
  for (const statement of files.flatMap((file) => [...file.statements])) {
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    if (!isType || statement.typeParameters || !ts.getCombinedModifierFlags(statement)) continue;
    const type = checker.getTypeAtLocation(statement.name);
    const isShape = type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection) || type.isUnion();
    if (isShape && !names.has(type)) names.set(type, statement.name.text.replace(/^Shown(?=[A-Z])/, ''));
  }
  return names;
}

function commentOf(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): Schema {
  const comment = ts.displayPartsToString(symbol?.getDocumentationComment(checker)).replace(/\s+/g, ' ');
  return comment === '' ? {} : { description: comment };
}
