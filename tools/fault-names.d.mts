export function faultNames(): string[];
