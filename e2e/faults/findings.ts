import { eventually } from '@signalbox/testing';

export const invariants = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8'] as const;
export type Invariant = (typeof invariants)[number];
/** `own`: what must hold for one fault alone, and that it could be done at all. */
export const columns = [...invariants, 'own'] as const;

/** How many facts were looked at, and what is wrong with those that do not hold. */
export interface Finding {
  checked: number;
  violations: string[];
}
export type Findings = Record<(typeof columns)[number], Finding>;

export function noFindings(): Findings {
  return Object.fromEntries(columns.map((name) => [name, { checked: 0, violations: [] }])) as unknown as Findings;
}

export function tell(finding: Finding, checked: number, violations: readonly string[]): void {
  finding.checked += checked;
  // One by one: there may be more than a call takes arguments.
  for (const violation of violations) finding.violations.push(violation);
}

/** Waits for what has to come. @returns complaints where it could not be asked at all; that it has not come is no complaint yet */
export async function waitFor(
  fact: () => Promise<boolean>,
  options: { withinMs: number; what: string },
): Promise<string[]> {
  try {
    await eventually(fact, { everyMs: 200, ...options });
    return [];
  } catch (error) {
    const { cause } = error as Error;
    return cause instanceof Error ? [`could not wait for ${options.what}: ${cause.message}`] : [];
  }
}
