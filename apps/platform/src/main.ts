import { runMain } from '@signalbox/chassis';
import { readServiceVariables } from './config.js';
import { startPlatform } from './platform.js';

await runMain('platform', () => startPlatform(readServiceVariables(process.env)));
