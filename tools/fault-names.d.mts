export function faultNames(): string[];
export function namesIn(text: string): string[];
