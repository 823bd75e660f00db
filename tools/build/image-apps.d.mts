export function imageApps(): string[];
