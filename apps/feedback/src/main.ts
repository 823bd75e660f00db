import { readConfig, runMain, startService } from '@signalbox/chassis';
import { feedback, feedbackConfig } from './index.js';

await runMain('feedback', () => startService(feedback, readConfig(feedbackConfig, process.env)));
