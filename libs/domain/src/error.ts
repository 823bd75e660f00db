/** Why a command was refused; every edge maps these in one place. */
export type ErrorCode = 'invalid' | 'not_found' | 'forbidden' | 'conflict' | 'unavailable';

/** The domain's "no": an answer for the caller, never a fault. */
export class DomainError extends Error {
  /**
   * @param code the kind of refusal
   * @param message a sentence for people: what is wrong
   * @param more `reason`: a stable word for programs (`self_approval`); `fix`: what to do about it
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly more: {
      reason?: string;
      fix?: string;
      allowedTransitions?: readonly string[];
      errors?: readonly { pointer: string; code: string; message: string }[];
    } = {},
  ) {
    super(message);
    this.name = 'DomainError';
  }
}
