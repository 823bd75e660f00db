import { z } from 'zod';
import { sourceNameForm } from '../event-source.js';
import { drainTime, duration, durationMs, patience, timeout } from './duration.js';

/** Names are keys everywhere: in URLs, ports, folders, metrics. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/, 'lower-case letters, digits and dashes, 2 to 50 long');

// What programs are given as arguments and variables.
const text = z.string().refine((value) => !value.includes('\0'), 'no NUL character');
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name');
// What the host itself tells the process.
const told = ['PORT', 'VERSION', 'SIGNALBOX_DEPLOYMENT', 'SIGNALBOX_INSTANCE'];
const argv = z.array(text).min(1, 'at least the program');
const portableEnv = z.record(variable, text);
const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'a path inside the repository');
const eventSourceName = z.string().regex(sourceNameForm, 'the name of an event source');
const approvalRule = z.strictObject({ team: name, required: z.int().min(1).max(20) });
const secretRef = z.strictObject({ secretRef: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'an upper-case secret name') });

const settings = z.record(variable, z.union([text, secretRef])).superRefine((config, context) => {
  for (const key of told.filter((name) => name in config))
    context.addIssue({ code: 'custom', path: [key], message: 'the host sets it' });
});

const canaryStepKeys = {
  setWeight: z.int().min(0).max(100),
  analysis: z.strictObject({ duration }),
  pause: z.strictObject({ duration: duration.optional() }),
  manualGate: z.strictObject({ team: name }),
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

const strategy = z.union([
  z.strictObject({ canary: z.strictObject({ steps: canarySteps }) }),
  z.strictObject({ recreate: z.strictObject({}) }),
  z.literal('recreate'),
]);

const ratio = z.number().gt(0).lt(1);
const metric = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('request-success-rate'),
    thresholdRange: z.strictObject({ min: ratio }),
    tolerance: z.number().gt(1).max(10).default(1.5),
    dryRun: z.boolean().default(false),
  }),
  z.strictObject({
    name: z.literal('request-duration'),
    quantile: ratio.default(0.99),
    // The host's figures tell nothing above.
    thresholdRange: z.strictObject({ max: duration.refine((text) => durationMs(text) <= 60_000, 'at most 60s') }),
    slack: duration.default('PT0.025S'),
    dryRun: z.boolean().default(false),
  }),
]);
export type AnalysisMetric = z.output<typeof metric>;

const analysis = z.strictObject({
  judge: z.literal('sequential').optional(),
  alpha: ratio.optional(),
  beta: ratio.optional(),
  interval: timeout.optional(),
  metrics: z
    .array(metric)
    .min(1)
    .refine((metrics) => metrics.some(({ dryRun }) => !dryRun), 'one that is no dryRun: somebody has to decide')
    .optional(),
  onInconclusive: z.enum(['pause', 'promote_flagged', 'roll_back']).optional(),
  onSilence: z.enum(['pause', 'roll_back']).optional(),
});

const suite = z
  .strictObject({
    name,
    run: argv.optional(),
    /** A tool outside does it, and reports it as this event source. */
    executor: z.strictObject({ event: eventSourceName }).optional(),
    env: portableEnv.optional(),
    junit: relativePath.optional(),
    timeout: timeout.optional(),
  })
  .superRefine(({ run, executor, env, junit }, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (run === undefined && executor === undefined) issue('run', 'one of run and executor');
    if (executor === undefined) return;
    for (const [key, given] of Object.entries({ run, env, junit }))
      if (given !== undefined) issue(key, 'not of a suite that a tool outside does');
  });

const suites = z.array(suite).superRefine((all, context) => {
  for (const [index, { name: own }] of all.entries()) {
    if (all.findIndex((other) => other.name === own) < index)
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `another suite is named ${own}` });
  }
});

const environment = z.strictObject({
  tier: z.enum(['production', 'staging']).optional(),
  config: settings.optional(),
  replicas: z.int().min(1).max(20).optional(),
  soak: duration.optional(),
  approvals: z.array(approvalRule).optional(),
  approvalTimeout: patience.optional(),
  suites: suites.optional(),
  strategy: strategy.optional(),
  progressDeadline: timeout.optional(),
  analysis: analysis.optional(),
  watch: z.strictObject({ bake: duration.optional(), onFailure: z.enum(['roll_back', 'alert']).optional() }).optional(),
});

const phase = z.strictObject({
  phase: name,
  environments: z.array(name).min(1),
  require: z.union([z.enum(['all', 'optional']), z.strictObject({ minimum: z.int().min(1) })]).optional(),
});

/** A phase, and an environment, stands once: approvals and deployments go by their names. */
const lifecycle = z
  .array(phase)
  .min(1)
  .superRefine((phases, context) => {
    const seen = new Set<string>();
    for (const [index, { phase: own, environments }] of phases.entries())
      for (const [path, text] of [
        [['phase'], `phase ${own}`] as const,
        ...environments.map((each, at) => [['environments', at], `environment ${each}`] as const),
      ]) {
        if (seen.has(text))
          context.addIssue({ code: 'custom', path: [index, ...path], message: `${text} is there before` });
        seen.add(text);
      }
  });

/** `signalbox.yaml`, and the same over REST; unknown keys are errors. */
export const manifest = z.strictObject({
  apiVersion: z.literal('signalbox/v1'),
  name,
  repository: z
    .strictObject({
      url: z.string().min(1).optional(),
      branch: z.string().min(1).optional(),
      path: relativePath.optional(),
    })
    .optional(),
  version: z
    .strictObject({
      source: z.enum(['conventional-commits', 'tag', 'manual']).optional(),
      initial: z
        .string()
        .regex(/^(?:(?:0|[1-9]\d{0,8})\.){2}(?:0|[1-9]\d{0,8})$/, 'a version such as 1.0.0')
        .optional(),
      tagFormat: z.string().includes('${version}', 'contains ${version}').optional(),
      paths: z.array(relativePath).optional(),
      fallback: z.enum(['none', 'patch']).optional(),
      createTag: z.boolean().optional(),
    })
    .optional(),
  lifecycle: lifecycle.optional(),
  build: z
    .strictObject({
      executor: z.literal('runner').optional(),
      steps: z
        .array(z.strictObject({ run: argv, env: portableEnv.optional(), timeout: timeout.optional() }))
        .optional(),
      outputs: z.array(relativePath).min(1).optional(),
      junit: relativePath.optional(),
    })
    .optional(),
  runtime: z.strictObject({
    command: argv,
    healthCheckPath: z.string().startsWith('/', 'begins with /').optional(),
    startTimeout: timeout.optional(),
    stopTimeout: drainTime.optional(),
  }),
  environments: z.record(name, environment).optional(),
  policies: z
    .array(z.strictObject({ name: z.literal('tests-passed'), min: ratio.or(z.literal(1)).optional() }))
    .optional(),
  feedback: z.strictObject({ window: duration.optional() }).optional(),
});
export type Manifest = z.output<typeof manifest>;
export type ManifestEnvironment = z.output<typeof environment>;
