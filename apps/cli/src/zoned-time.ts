import { Failure } from './failure.js';

const dayMs = 86_400_000;

/**
 * A wall-clock time in a time zone as UTC; a time that carries its own offset keeps it. Of a time that the clock shows
 * twice it is the first; one that the clock skips is as much later as was skipped.
 */
export function zonedTime(text: string, zone: string): string {
  if (/[Zz]$|[+-]\d\d:?\d\d$/.test(text)) return checked(text, new Date(text)).toISOString();
  const wall = checked(text, new Date(`${text.length === 10 ? `${text}T00:00` : text}Z`)).getTime();
  const before = offsetMs(wall - dayMs, zone);
  const after = offsetMs(wall + dayMs, zone);
  const isShown = (offset: number) => offsetMs(wall - offset, zone) === offset;
  return new Date(wall - (isShown(before) || !isShown(after) ? before : after)).toISOString();
}

function offsetMs(at: number, zone: string): number {
  const name =
    formatOf(zone)
      .formatToParts(at)
      .find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (!match) return 0;
  const ms = (Number(match[2]) * 60 + Number(match[3])) * 60_000;
  return match[1] === '-' ? -ms : ms;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    throw new Failure(2, `${zone} is not a time zone`, { fix: 'for example Europe/Berlin' });
  }
}

/** Days that a month does not have would silently be days of the next. */
function checked(text: string, time: Date): Date {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  const isDate = /^\d{4}-\d\d-\d\d/.test(text) && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (!isDate || Number.isNaN(time.getTime()))
    throw new Failure(2, `${text} is not a time`, { fix: 'for example 2026-12-20T18:00' });
  return time;
}
