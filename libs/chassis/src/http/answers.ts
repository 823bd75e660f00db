type Schema = Record<string, unknown>;

/**
 * How a package's operations answer: JSON Schemas by operationId, and those that they refer to. Made from the types of its
 * controllers (`npm run generate`), which are gone when it runs.
 */
export interface Answers {
  readonly operations: Readonly<Record<string, Schema>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

interface Answer {
  readonly schema: Schema;
  readonly type: string;
}

/** What an operation answers with; undefined for one that has nothing to say. */
export function answerOf(operationId: string, answers: readonly Answers[]): Answer | undefined {
  // `listParkedEvents-planning`: what each service answers under its own name is known without it.
  const names = [operationId, operationId.split('-')[0] ?? operationId];
  const schema = names
    .flatMap((name) => answers.map(({ operations }) => operations[name]))
    .find((found) => found !== undefined);
  if (!schema) return undefined;
  return { schema, type: schema['type'] === 'string' ? 'text/plain' : 'application/json' };
}
