export { readHostConfig } from './config.js';
export type { HostConfig } from './config.js';
export { startHost } from './host.js';
export type { Host } from './host.js';
export { HostFigures } from './telemetry.js';
