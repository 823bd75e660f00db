const names = [/^(https?|no|all)_proxy$/i, /^(GIT_SSL_CAINFO|GIT_SSH_COMMAND|SSH_AUTH_SOCK)$/];

/** How this machine reaches repositories: what of a process's environment is git's, beside PATH and HOME. */
export function gitReach(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && names.some((name) => name.test(entry[0])),
    ),
  );
}
