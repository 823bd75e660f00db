/** A `${NAME}` in an argument that nothing gives a value for. */
export class UnknownNameError extends Error {
  constructor(readonly unknownName: string) {
    super(`nothing is known as \${${unknownName}}`);
  }
}

/** Replaces every `${NAME}` in one argument; there is no shell and no nesting. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_match, name: string) => {
    if (!Object.hasOwn(values, name)) throw new UnknownNameError(name);
    return values[name] as string;
  });
}
