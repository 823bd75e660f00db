export { migratePlatform, startPlatform } from './platform.js';
