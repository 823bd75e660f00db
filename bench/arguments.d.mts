export function askedFor(args: readonly string[]): [part: string, ...args: string[]][];
