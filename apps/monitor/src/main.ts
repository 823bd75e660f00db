import { readConfig, runMain, startService } from '@signalbox/chassis';
import { monitor, monitorConfig } from './index.js';

await runMain('monitor', () => startService(monitor, readConfig(monitorConfig, process.env)));
