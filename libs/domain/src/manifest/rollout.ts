import { z } from 'zod';
import { duration, durationMs, timeout } from './duration.js';
import { name, ratio } from './text.js';

const canaryStepKeys = {
  setWeight: z
    .int()
    .min(0)
    .max(100)
    .describe('Per cent of the requests that the new version gets from here on, 0 to 100.'),
  analysis: z
    .strictObject({ duration: duration.describe('For how long at most, such as 5m. No default.') })
    .describe('Wait until the new version has been judged by the traffic at this weight.'),
  pause: z
    .strictObject({
      duration: duration.optional().describe('For how long, such as 10m. Default: until somebody promotes it.'),
    })
    .describe('Stay at this weight; what is judged worse meanwhile is taken back all the same.'),
  manualGate: z
    .strictObject({ team: name.describe('Whose members may promote it. No default.') })
    .describe('Stay at this weight until somebody of a team promotes it.'),
};
const canaryStep = z
  .strictObject(canaryStepKeys)
  .partial()
  .superRefine((step, context) => {
    const keys = Object.keys(step);
    if (keys.length !== 1) {
      context.addIssue({ code: 'custom', message: `one key; found ${keys.length === 0 ? 'none' : keys.join(', ')}` });
    }
  });
export type CanaryStep = z.output<typeof canaryStep>;

/** What nobody or everybody has cannot be compared with the version before. */
const canarySteps = z
  .array(canaryStep)
  .min(1)
  .superRefine((steps, context) => {
    let weight = 0;
    for (const [index, step] of steps.entries()) {
      weight = step.setWeight ?? weight;
      if (step.analysis === undefined || (weight > 0 && weight < 100)) continue;
      const message = `an analysis compares two versions: a setWeight of 1 to 99 before it (it is at ${weight})`;
      context.addIssue({ code: 'custom', path: [index, 'analysis'], message });
    }
  });

/** How a new version takes the place of the one before. */
export const strategy = z.union([
  z.strictObject({
    canary: z
      .strictObject({ steps: canarySteps.describe('One after the other, each with one key; then it gets everything.') })
      .describe('The new version gets a growing share of the requests.'),
  }),
  z.strictObject({ recreate: z.strictObject({}).describe('The new version gets all requests once it is ready.') }),
  z.literal('recreate'),
]);

const dryRun = z.boolean().default(false).describe('Judge and tell, but decide nothing by it. Default: false.');
const metric = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('request-success-rate').describe('The share of requests that were not answered by 5xx.'),
    thresholdRange: z
      .strictObject({ min: ratio.describe('The least share of good requests, between 0 and 1, such as 0.99.') })
      .describe('What is good enough, whatever the version before did.'),
    tolerance: z
      .number()
      .gt(1)
      .max(10)
      .default(1.5)
      .describe('By which factor the share of failed requests may exceed that of the version before. Default: 1.5.'),
    dryRun,
  }),
  z.strictObject({
    name: z.literal('request-duration').describe('How long requests take.'),
    quantile: ratio.default(0.99).describe('Of this share of the requests, between 0 and 1. Default: 0.99.'),
    thresholdRange: z
      .strictObject({
        // The host's figures tell nothing above.
        max: duration
          .refine((text) => durationMs(text) <= 60_000, 'at most 60s')
          .describe('The longest that they may take, such as 500ms; at most 60s.'),
      })
      .describe('What is good enough, whatever the version before did.'),
    slack: duration
      .default('PT0.025S')
      .describe('By how much it may be slower than the version before, such as 25ms. Default: 25ms.'),
    dryRun,
  }),
]);
export type AnalysisMetric = z.output<typeof metric>;

/** How a rollout, and what runs afterwards, is judged. */
export const analysis = z.strictObject({
  judge: z
    .literal('sequential')
    .optional()
    .describe('The test that compares the versions; it may be looked at at any time. Default, and the only one.'),
  alpha: ratio.optional().describe('How often a good version may be found worse, between 0 and 1. Default: 0.01.'),
  beta: ratio.optional().describe('How often a bad version may be found good, between 0 and 1. Default: 0.05.'),
  interval: timeout.optional().describe('Time between two looks at the figures, such as 10s. Default: 10s.'),
  metrics: z
    .array(metric)
    .min(1)
    .refine((metrics) => metrics.some(({ dryRun }) => !dryRun), 'one that is no dryRun: somebody has to decide')
    .optional()
    .describe('What is judged. Default: request-success-rate of 0.99, and request-duration of 500ms at 0.99.'),
  onInconclusive: z
    .enum(['pause', 'promote_flagged', 'roll_back'])
    .optional()
    .describe('When an analysis step ends without a verdict. Default: pause.'),
  onSilence: z
    .enum(['pause', 'roll_back'])
    .optional()
    .describe('When nobody judges a rollout any more. Default: roll_back.'),
});
