import { z } from 'zod';
import { sourceNameForm } from '../event-source.js';
import { duration, patience, timeout } from './duration.js';
import { analysis, strategy } from './rollout.js';
import { argv, name, portableEnv, relativePath, text, variable } from './text.js';

// What the host itself tells the process.
const told = ['PORT', 'VERSION', 'SIGNALBOX_DEPLOYMENT', 'SIGNALBOX_INSTANCE'];
const eventSourceName = z.string().regex(sourceNameForm, 'the name of an event source');
const approvalRule = z.strictObject({
  team: name.describe('Whose members are asked. No default.'),
  required: z.int().min(1).max(20).describe('How many of them have to agree, 1 to 20. No default.'),
});
const secretRef = z.strictObject({
  secretRef: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'an upper-case secret name')
    .describe('The name that `secret set` gave it; a deployment waits for one that is missing.'),
});

const settings = z.record(variable, z.union([text, secretRef])).superRefine((config, context) => {
  for (const key of told.filter((name) => name in config))
    context.addIssue({ code: 'custom', path: [key], message: 'the host sets it' });
});

const suite = z
  .strictObject({
    name: name.describe('How it is called; once in an environment. No default.'),
    run: argv
      .optional()
      .describe(
        'Program and arguments, without a shell; it reaches what runs there at TARGET_URL, an environment variable that may also stand in arguments as ${TARGET_URL}.',
      ),
    executor: z
      .strictObject({ event: eventSourceName.describe('The event source that reports its outcome. No default.') })
      .optional()
      .describe('In place of run: a tool outside does it.'),
    env: portableEnv.optional().describe('More environment variables. Default: none.'),
    junit: relativePath.optional().describe('Where it writes JUnit XML; may be a pattern. Default: it writes none.'),
    timeout: timeout.optional().describe('How long it may take, such as 10m. Default: 10m.'),
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

const watch = z.strictObject({
  bake: duration.optional().describe('For how long, such as 15m. Default: 15m in production, else 0s: not at all.'),
  onFailure: z
    .enum(['roll_back', 'alert'])
    .optional()
    .describe('roll_back takes it back; alert opens an incident and leaves it. Default: roll_back.'),
});

/** A place where an application runs. */
export const environment = z.strictObject({
  tier: z
    .enum(['production', 'staging'])
    .optional()
    .describe('Which defaults count. Default: production for one that is called so, else staging.'),
  config: settings
    .optional()
    .describe('Environment variables of the process, or where their secret is. Default: none.'),
  replicas: z.int().min(1).max(20).optional().describe('Number of processes, 1 to 20. Default: 1.'),
  soak: duration
    .optional()
    .describe('The wait before this environment is entered, counted from the last tests that passed. Default: 0s.'),
  approvals: z.array(approvalRule).optional().describe('Who has to agree before it is entered. Default: nobody.'),
  approvalTimeout: patience
    .optional()
    .describe(
      'How long people have to agree or promote, and traffic to bring a verdict, before it is given up. Default: 72h.',
    ),
  suites: suites
    .optional()
    .describe('Tests of what runs there. Default: smoke, 20 requests of the health path; none in production.'),
  strategy: strategy
    .optional()
    .describe('How a new version takes over. Default in production: canary of 10 % and 50 %, else recreate.'),
  progressDeadline: timeout
    .optional()
    .describe('How long a deployment may go without getting on, such as 10m. Default: 10m.'),
  analysis: analysis.optional().describe('How a canary, and what runs after it, is judged.'),
  watch: watch.optional().describe('What runs is looked at after the rollout for this long before the release ends.'),
});
export type ManifestEnvironment = z.output<typeof environment>;
