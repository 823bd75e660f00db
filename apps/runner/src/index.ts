export { runnerConfig } from './config.js';
export type { RunnerConfig } from './config.js';
export { startRunner } from './runner.js';
