/** The command was not understood, or cannot be done here; its message is all a user is shown. */
export class UsageError extends Error {}
