import { readConfig, runMain, startService } from '@signalbox/chassis';
import { planning, planningConfig } from './index.js';

await runMain('planning', () => startService(planning, readConfig(planningConfig, process.env)));
