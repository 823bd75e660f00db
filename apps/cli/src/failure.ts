/** What a command ends with when it cannot do what was asked. */
export type ExitCode = 1 | 2 | 3 | 4 | 5;

export interface FailureDetails {
  code?: string;
  traceId?: string;
  fix?: string;
  /** More lines, printed as they are: each fault of a file, the end of a log. */
  lines?: readonly string[];
}

/** A command's "no": a sentence, the fix, and the exit code of the conventions (1 failed, 2 usage, 3 timeout, 4 auth, 5 conflict). */
export class Failure extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly details: FailureDetails = {},
  ) {
    super(message);
  }
}

export function printFailure(failure: Failure, write: (text: string) => void): void {
  const { code, traceId, fix, lines = [] } = failure.details;
  write(`error: ${failure.message}${code ? ` (${code})` : ''}\n`);
  for (const line of lines) write(`${line}\n`);
  if (fix) write(`fix: ${fix}\n`);
  if (traceId) write(`trace: ${traceId}\n`);
}

/** Nobody answers at the address of the gateway, or the service behind it is away. */
export class UnavailableFailure extends Failure {}
