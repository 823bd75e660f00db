import { runService } from '@signalbox/chassis';
import { planning, planningConfig } from './index.js';

await runService(planning, planningConfig, process);
