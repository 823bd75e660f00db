import { serviceConfig } from '@signalbox/chassis';
import type { ServiceConfig } from '@signalbox/chassis';

export const feedbackConfig = serviceConfig;
export type FeedbackConfig = ServiceConfig;
