import type { EventCounts, Outcome } from './fault-run.js';
import { columns } from './findings.js';

/** A line per fault, or per bout of several, and a column per invariant: how many facts were looked at, and how many do not hold. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const header = ['fault', 'times', 'longest', ...columns, 'releases', 'worst recovery'];
  const rows = [...Map.groupBy(outcomes, ({ fault }) => fault)].map(([fault, ofFault]) => [
    fault,
    String(ofFault.length),
    `${Math.round(Math.max(...ofFault.map(({ ms }) => ms)) / 1_000)} s`,
    ...columns.map((name) => cellOf(ofFault, name)),
    String(sum(ofFault.map(({ releases }) => releases))),
    worstRecoveryOf(ofFault),
  ]);
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [header, ...rows].map(line).join('\n');
}

export function violationsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ fault, findings }) =>
    columns.flatMap((name) => findings[name].violations.map((violation) => `${fault}: ${name}: ${violation}`)),
  );
}

/** The run in one line. */
export function summaryOf(outcomes: readonly Outcome[], events: readonly EventCounts[], minutes: number): string {
  const releases = sum(outcomes.map((outcome) => outcome.releases));
  const violations = violationsOf(outcomes).length;
  const [own, outside, harness] = (['own', 'outside', 'harness'] as const).map((who) =>
    sum(events.map((counts) => counts[who])),
  );
  const all = sum([own ?? 0, outside ?? 0, harness ?? 0]);
  const told = `${all} events (${own} of the services, ${outside} of a tool outside, ${harness} of the harness)`;
  return `${minutes.toFixed(1)} minutes, ${told}, ${releases} releases, ${sum(outcomes.map(({ faults }) => faults))} faults, worst recovery ${worstRecoveryOf(outcomes)}, ${violations} violations`;
}

function cellOf(outcomes: readonly Outcome[], name: (typeof columns)[number]): string {
  const checked = sum(outcomes.map(({ findings }) => findings[name].checked));
  const violated = sum(outcomes.map(({ findings }) => findings[name].violations.length));
  return violated === 0 ? String(checked) : `${violated} of ${Math.max(checked, violated)} FAIL`;
}

function worstRecoveryOf(outcomes: readonly Outcome[]): string {
  const known = outcomes.flatMap(({ recoveryMs }) => recoveryMs ?? []);
  return known.length < outcomes.length ? 'none' : `${(Math.max(0, ...known) / 1000).toFixed(1)} s`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
