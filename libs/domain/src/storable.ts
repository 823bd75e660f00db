/**
 * JSON that PostgreSQL can keep as jsonb: NUL characters and halves of surrogate pairs, which it refuses, become U+FFFD.
 * What other people's programs print gets into states and events, and must not stop them.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // Such characters are escaped by JSON.stringify: where there is no such escape there is nothing to do.
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'string') return storableText(part);
    return isOddlyNamed(part) ? storablyNamed(part) : part;
  });
}

function isOddlyNamed(part: unknown): part is object {
  return typeof part === 'object' && part !== null && !Object.keys(part).every(isStorable);
}

function storablyNamed(part: object): object {
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [storableText(name), value]));
}

/** Text that PostgreSQL can keep. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** Whether PostgreSQL can keep it as it is. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
