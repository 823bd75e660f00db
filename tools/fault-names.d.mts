export function faultNames(): string[];
export function defectNames(): string[];
export function namesIn(text: string): string[];
