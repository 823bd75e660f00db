import { join, relative } from 'node:path';
import ts from 'typescript';
import { TypeNames } from './type-names.js';
import { TypeSchemas, Unsayable } from './type-schemas.js';
import type { Schema } from './type-schemas.js';

const root = join(import.meta.dirname, '..', '..');

/** What the operations of one package answer with: schemas by operationId, and what these refer to. */
export interface PackageAnswers {
  /** `apps/planning` */
  readonly folder: string;
  readonly operations: Record<string, Schema>;
  readonly schemas: Record<string, Schema>;
}

interface Operation {
  readonly id: string;
  readonly folder: string;
  readonly method: ts.MethodDeclaration;
}

/** Reads from the types of all controllers how each operation answers. */
export class AnswerReader {
  /** What cannot be told, and where. */
  readonly complaints: string[] = [];
  private readonly checker: ts.TypeChecker;
  private readonly files: readonly ts.SourceFile[];
  private readonly names: TypeNames;

  /** @param controllers files that are read; by default all that there are */
  constructor(controllers: readonly string[] = controllerFiles()) {
    const program = ts.createProgram(controllers, compilerOptions());
    this.checker = program.getTypeChecker();
    const isOurs = ({ fileName }: ts.SourceFile) =>
      controllers.includes(fileName) || /^(?:apps|libs)\/(?!.*\/dist\/)/.test(relative(root, fileName));
    this.files = program.getSourceFiles().filter(isOurs);
    this.names = new TypeNames(this.checker, this.files);
  }

  read(): PackageAnswers[] {
    const operations = this.files.flatMap((file) => operationsIn(file));
    const folders = [...new Set(operations.map(({ folder }) => folder))].toSorted();
    return folders.map((folder) => this.answersOf(folder, operations));
  }

  private answersOf(folder: string, all: readonly Operation[]): PackageAnswers {
    const schemas = new TypeSchemas(this.checker, this.names);
    const operations: Record<string, Schema> = {};
    for (const { id, method } of all.filter((each) => each.folder === folder)) {
      const answered = this.answered(method);
      if (answered.flags & ts.TypeFlags.VoidLike) continue;
      try {
        const schema = schemas.of(answered, id);
        if (isEmpty(schema)) throw new Unsayable(`${id}: ${this.checker.typeToString(answered)}`);
        operations[id] = schema;
      } catch (error) {
        if (!(error instanceof Unsayable)) throw error;
        this.complaints.push(error.message);
      }
    }
    return { folder, operations, schemas: Object.fromEntries([...schemas.named].toSorted(byName)) };
  }

  /** What a method's promise brings, a resource's body and not what goes beside it. */
  private answered(method: ts.MethodDeclaration): ts.Type {
    const [signature] = this.checker.getTypeAtLocation(method).getCallSignatures();
    if (!signature) throw new Error(`${method.getText()} cannot be called`);
    const returned = this.checker.getReturnTypeOfSignature(signature);
    const awaited = this.checker.getAwaitedType(returned) ?? returned;
    if (awaited.symbol?.name !== 'Resource') return this.withoutProblem(awaited);
    return this.checker.getTypeArguments(awaited as ts.TypeReference)[0] ?? awaited;
  }

  /** What is refused has a status of its own, and is told for all operations at once. */
  private withoutProblem(type: ts.Type): ts.Type {
    const others = type.isUnion() ? type.types.filter((each) => this.names.of(each)?.name !== 'Problem') : [type];
    const [only] = others;
    return only && others.length === 1 ? only : type;
  }
}

function isEmpty(schema: Schema): boolean {
  const keys = Object.keys(schema);
  return keys.length === 0 || (keys.length === 1 && schema['type'] === 'object');
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function controllerFiles(): string[] {
  const files = ts.sys.readDirectory(
    root,
    ['.ts'],
    ['**/node_modules', '**/dist', '**/*.spec.ts'],
    ['apps/*/src', 'libs/*/src'],
  );
  return files.filter((file) => ts.sys.readFile(file)?.includes('@ApiOperation('));
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  // Their sources, which are there before anything is built.
  const paths = {
    '@signalbox/messaging/*': ['./libs/messaging/src/*.ts'],
    '@signalbox/*': ['./libs/*/src/index.ts', './apps/*/src/index.ts'],
  };
  return { ...options, paths, pathsBasePath: root, composite: false, declaration: false, noEmit: true };
}

function operationsIn(file: ts.SourceFile): Operation[] {
  const folder = relative(root, file.fileName).split('/').slice(0, 2).join('/');
  const found: Operation[] = [];
  const visit = (node: ts.Node): void => {
    const id = ts.isMethodDeclaration(node) ? operationIdOf(node) : undefined;
    if (id !== undefined) found.push({ id, folder, method: node as ts.MethodDeclaration });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** As `@ApiOperation({ operationId })` says, or `@operation(name, …)` of what each service answers under its own name. */
function operationIdOf(method: ts.MethodDeclaration): string | undefined {
  for (const { expression } of ts.getDecorators(method) ?? []) {
    if (!ts.isCallExpression(expression)) continue;
    const [given] = expression.arguments;
    const decorator = expression.expression.getText();
    if (given && decorator === 'operation' && ts.isStringLiteral(given)) return given.text;
    if (given && decorator === 'ApiOperation' && ts.isObjectLiteralExpression(given))
      return textOf(given, 'operationId');
  }
  return undefined;
}

function textOf(object: ts.ObjectLiteralExpression, name: string): string | undefined {
  const property = object.properties.find((each) => each.name?.getText() === name);
  const isText = property && ts.isPropertyAssignment(property) && ts.isStringLiteral(property.initializer);
  return isText ? (property.initializer as ts.StringLiteral).text : undefined;
}
