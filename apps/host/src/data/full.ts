const fullCodes: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Whether a write failed for want of room: on the disk, in the user's quota, or under the process's limit. */
export function isFull(error: unknown): error is NodeJS.ErrnoException {
  return fullCodes.includes((error as NodeJS.ErrnoException | undefined)?.code);
}
