export const oldestNode: number;
export function nodeTrouble(of: {
  version: string;
  oldest: number;
  own: string | undefined;
  args: readonly string[];
}): string | undefined;
export const nodeCheck: string;
