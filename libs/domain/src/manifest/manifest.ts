import { z } from 'zod';
import { drainTime, duration, timeout } from './duration.js';
import { environment } from './environment.js';
import { argv, name, portableEnv, ratio, relativePath } from './text.js';

const repository = z.strictObject({
  url: z.string().min(1).optional().describe('Where it is, for readers; what `app register` names counts.'),
  branch: z.string().min(1).optional().describe('What is released when no ref is given. Default: the default branch.'),
  path: relativePath
    .optional()
    .describe('The folder of the application: this file is read there and builds run there. Default: the root.'),
});

const version = z.strictObject({
  source: z
    .enum(['conventional-commits', 'tag', 'manual'])
    .optional()
    .describe('What decides the next version. Default: conventional-commits.'),
  initial: z
    .string()
    .regex(/^(?:(?:0|[1-9]\d{0,8})\.){2}(?:0|[1-9]\d{0,8})$/, 'a version such as 1.0.0')
    .optional()
    .describe('The first version. Default: 1.0.0.'),
  tagFormat: z
    .string()
    .includes('${version}', 'contains ${version}')
    .optional()
    .describe('How versions are tagged. Default: v${version}; NAME-v${version} for an application in a sub-folder.'),
  paths: z
    .array(relativePath)
    .optional()
    .describe('Commits that change none of these (patterns, from the root) do not count. Default: all of the folder.'),
  fallback: z
    .enum(['none', 'patch'])
    .optional()
    .describe('patch: also commits without a type that counts make a version. Default: none.'),
  createTag: z.boolean().optional().describe('Push a tag for each completed version. Default: false.'),
});

const phase = z
  .strictObject({
    phase: name.describe('How it is called; once in the lifecycle. No default.'),
    environments: z.array(name).min(1).describe('Where it is deployed at the same time; each in one phase only.'),
    require: z
      .union([
        z.enum(['all', 'optional']),
        z.strictObject({
          minimum: z.int().min(1).describe('So many of its environments; at most as many as there are.'),
        }),
      ])
      .optional()
      .describe(
        'How many of its environments must succeed before the next phase. When a watch fails in one, the version is taken back there; if fewer than that may still succeed, wherever the phase has it. Default: all.',
      ),
  })
  .superRefine(({ phase: own, environments, require }, context) => {
    if (typeof require !== 'object' || require.minimum <= environments.length) return;
    const message = `at most ${environments.length}, the environments of phase ${own}`;
    context.addIssue({ code: 'custom', path: ['require', 'minimum'], message });
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

const build = z.strictObject({
  executor: z.literal('runner').optional().describe('Who builds. Default, and the only one: runner.'),
  steps: z
    .array(
      z.strictObject({
        run: argv.describe('Program and arguments, without a shell; ${VERSION} stands for the version. No default.'),
        env: portableEnv.optional().describe('More environment variables. Default: none.'),
        timeout: timeout.optional().describe('How long it may take, such as 10m. Default: 10m.'),
      }),
    )
    .optional()
    .describe('What is run, one after the other. Default, with a package-lock.json: npm ci, npm run build.'),
  outputs: z
    .array(relativePath)
    .min(1)
    .optional()
    .describe('What is released of the folder (patterns). Default: ** (all but .git).'),
  junit: relativePath
    .optional()
    .describe('Where the steps write JUnit XML; may be a pattern. Default: they write none.'),
});

const runtime = z.strictObject({
  command: argv.describe('Program and arguments, without a shell; it listens on ${PORT}. No default.'),
  healthCheckPath: z
    .string()
    .startsWith('/', 'begins with /')
    .optional()
    .describe('Answers 2xx or 3xx when the process can serve. Default: /.'),
  startTimeout: timeout.optional().describe('How long a process may take to be ready, such as 30s. Default: 30s.'),
  stopTimeout: drainTime
    .optional()
    .describe('How long a process may take to end after SIGTERM, such as 10s; at most 5m. Default: 10s.'),
});

const policy = z.strictObject({
  name: z.literal('tests-passed').describe('The tests of the build, as its JUnit report tells them.'),
  min: ratio
    .or(z.literal(1))
    .optional()
    .describe('The share of the cases that has to pass, above 0, at most 1. Default: 1.'),
});

/** `signalbox.yaml`, and the same over REST; unknown keys are errors. Durations: `500ms`, `10s`, `1h30m`, `PT5M`. */
export const manifest = z.strictObject({
  apiVersion: z.literal('signalbox/v1').describe('The form of this file. No default.'),
  name: name.describe('How the application is called; it never changes. No default.'),
  repository: repository.optional().describe('Where in its repository the application is.'),
  version: version.optional().describe('How versions are found.'),
  lifecycle: lifecycle
    .optional()
    .describe('Phases, one after the other. Default: staging, then production, each with an environment of its name.'),
  build: build.optional().describe('What makes the artifact that every environment gets.'),
  runtime: runtime.describe('How the application is run. No default.'),
  environments: z
    .record(name, environment)
    .optional()
    .describe('Settings of the environments of the lifecycle, by name. Default: as each of their keys says.'),
  policies: z.array(policy).optional().describe('What the tests of the build must show. Default: tests-passed.'),
  feedback: z
    .strictObject({
      window: duration
        .optional()
        .describe(
          'For how long a release says that it collects feedback, such as 14d; what comes later still counts. Default: 14d.',
        ),
    })
    .optional()
    .describe('What customers say of a release.'),
});
export type Manifest = z.output<typeof manifest>;
