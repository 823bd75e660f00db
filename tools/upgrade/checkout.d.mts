/** The full name of a commit. @throws where this checkout has none of that name */
export function fullName(commit: string): Promise<string>;

/** A commit's files in a folder of their own, installed and built as it says; of its apps these, or all. */
export function checkOut(commit: string, folder: string, apps?: readonly string[]): Promise<void>;
