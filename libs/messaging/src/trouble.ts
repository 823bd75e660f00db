const troubleClasses = new Set(['08', '40', '53', '57']);
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const lostConnection =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|not queryable/i;

/** The SQLSTATE of a database error, also when TypeORM has wrapped it. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && code.length === 5) return code;
  return sqlState(driverError);
}

/** True when the fault lies in the surroundings: the work is done again and nothing is held against the message. */
export function isTrouble(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined && (troubleClasses.has(state.slice(0, 2)) || state === '55P03')) return true;
  if (!(error instanceof Error)) return false;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && networkCodes.has(code)) return true;
  return lostConnection.test(error.message) || (driverError !== undefined && isTrouble(driverError));
}
