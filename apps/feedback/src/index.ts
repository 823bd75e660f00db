import type { ServiceDefinition } from '@signalbox/chassis';
import { answers } from './answers.generated.js';
import type { FeedbackConfig } from './config.js';
import { FeedbackModule } from './feedback.module.js';
import { migrations } from './migrations/index.js';

export { feedbackConfig } from './config.js';
export type { FeedbackConfig } from './config.js';

export const feedback: ServiceDefinition<FeedbackConfig> = {
  name: 'feedback',
  title: 'Signalbox feedback',
  answers,
  migrations,
  module: (context) => FeedbackModule.create(context),
};
