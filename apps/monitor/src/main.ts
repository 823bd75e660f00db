import { runService } from '@signalbox/chassis';
import { monitor, monitorConfig } from './index.js';

await runService(monitor, monitorConfig, process);
