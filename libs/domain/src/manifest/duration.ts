import { z } from 'zod';

const human = /^(?=\d)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const iso = /^P(?=[\dT])(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?$/;
const unitsMs = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000] as const;

/**
 * Milliseconds of a duration written `1h30m`, `14d`, `500ms` or in ISO 8601 (`PT1H30M`; no months or years,
 * whose length varies). Undefined when it is neither.
 */
export function parseDurationMs(text: string): number | undefined {
  const match = human.exec(text) ?? iso.exec(text);
  if (!match) return undefined;
  const whole = unitsMs.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
  const rest = match[6] ?? '0';
  return whole + (text.startsWith('P') ? Number(rest.padEnd(3, '0')) : Number(rest));
}

/** Milliseconds of a duration that has been validated before; throws on any other text. */
export function durationMs(text: string): number {
  const parsed = parseDurationMs(text);
  if (parsed === undefined) throw new Error(`not a duration: ${text}`);
  return parsed;
}

/** ISO 8601 of milliseconds, as REST and events write durations: 5400000 is `PT1H30M`. */
export function isoDuration(totalMs: number): string {
  const days = Math.floor(totalMs / 86_400_000);
  const hours = Math.floor((totalMs % 86_400_000) / 3_600_000);
  const minutes = Math.floor((totalMs % 3_600_000) / 60_000);
  const seconds = (totalMs % 60_000) / 1_000;
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`;
  if (!days && !time) return 'PT0S';
  return `P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** A duration as people write it, up to a year; what comes out is ISO 8601. */
export const duration = upTo(366 * dayMs);

/** A duration that people are given to act in. */
export const patience = duration.refine((text) => durationMs(text) > 0, 'more than 0s');

/** A duration that something is given to end in: longer than nothing, and within what timers can hold (24.8 days). */
export const timeout = upTo(24 * dayMs).refine((text) => durationMs(text) > 0, 'more than 0s');

/** How long a process may take to end; whoever stops everything waits for it. */
export const drainTime = upTo(5 * minuteMs);

function upTo(maxMs: number) {
  return z
    .string()
    .refine((text) => parseDurationMs(text) !== undefined, {
      message: 'a duration such as 500ms, 10s, 5m, 1h30m, 14d or PT5M',
      abort: true,
    })
    .refine((text) => durationMs(text) <= maxMs, {
      message: `at most ${maxMs < dayMs ? `${maxMs / minuteMs}m` : `${maxMs / dayMs}d`}`,
      abort: true,
    })
    .transform((text) => isoDuration(durationMs(text)));
}
