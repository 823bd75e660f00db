import { runService } from '@signalbox/chassis';
import { feedback, feedbackConfig } from './index.js';

await runService(feedback, feedbackConfig, process);
