import ts from 'typescript';

interface Named {
  readonly name: string;
  readonly comment: string;
}

/** How exported types are called, and what their comments say of them. */
export class TypeNames {
  private readonly byType = new Map<ts.Type, Named>();
  /** Of unions of texts: what is left of one without `undefined` is the same set, and another type to the compiler. */
  private readonly byValues = new Map<string, Named[]>();

  constructor(
    private readonly checker: ts.TypeChecker,
    files: readonly ts.SourceFile[],
  ) {
    for (const statement of files.flatMap((file) => [...file.statements])) {
      const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
      if (!isType || statement.typeParameters || !isExported(statement)) continue;
      this.add(checker.getTypeAtLocation(statement.name), statement);
    }
  }

  /** `ShownRelease`, which is how REST answers a release, is `Release`. An alias counts for what it stands for. */
  of(type: ts.Type): Named | undefined {
    const known = this.byType.get(type);
    if (known) return known;
    const alike = this.byValues.get(valuesOf(type) ?? '') ?? [];
    return alike.length === 1 ? alike[0] : undefined;
  }

  private add(type: ts.Type, statement: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): void {
    const isShape = type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection) || type.isUnion();
    if (!isShape || this.byType.has(type)) return;
    const named = {
      name: statement.name.text.replace(/^Shown(?=[A-Z])/, ''),
      comment:
        commentOf(this.checker.getSymbolAtLocation(statement.name), this.checker) || this.commentOfOrigin(statement),
    };
    this.byType.set(type, named);
    const values = valuesOf(type);
    if (values !== undefined) this.byValues.set(values, [...(this.byValues.get(values) ?? []), named]);
  }

  /** `type Actor = z.infer<typeof actor>` is explained where `actor` is. */
  private commentOfOrigin(statement: ts.Node): string {
    if (!ts.isTypeAliasDeclaration(statement) || !ts.isTypeReferenceNode(statement.type)) return '';
    const [origin] = statement.type.typeArguments ?? [];
    if (!origin || !ts.isTypeQueryNode(origin)) return '';
    return commentOf(this.checker.getSymbolAtLocation(origin.exprName), this.checker);
  }
}

/** In one line; empty where there is none. */
export function commentOf(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): string {
  return ts.displayPartsToString(symbol?.getDocumentationComment(checker)).replace(/\s+/g, ' ');
}

function valuesOf(type: ts.Type): string | undefined {
  if (!type.isUnion() || !type.types.every((each) => each.isStringLiteral())) return undefined;
  return JSON.stringify(type.types.map((each) => (each as ts.StringLiteralType).value).toSorted());
}

function isExported(statement: ts.Declaration): boolean {
  return Boolean(ts.getCombinedModifierFlags(statement) & ts.ModifierFlags.Export);
}
