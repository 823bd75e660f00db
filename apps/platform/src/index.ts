export { startPlatform } from './platform.js';
