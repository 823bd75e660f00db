/** What is wrong with a process's configuration; `message` names every variable at fault. */
export class ConfigError extends Error {}
