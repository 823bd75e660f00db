import { flag, serviceConfig } from '@signalbox/chassis';
import { z } from 'zod';

const given = z.string().optional();
/** What git gets of the environment: docs/operations/repositories.md. */
const gitVariables = {
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  HOME: z.string().default('/tmp'),
  HTTPS_PROXY: given,
  HTTP_PROXY: given,
  ALL_PROXY: given,
  NO_PROXY: given,
  https_proxy: given,
  http_proxy: given,
  all_proxy: given,
  no_proxy: given,
  GIT_SSL_CAINFO: given,
  GIT_SSH_COMMAND: given,
  SSH_AUTH_SOCK: given,
};

export const planningConfig = serviceConfig.extend({
  /** Where mirrors of repositories are kept; losing it costs a fetch. */
  MIRROR_DIRECTORY: z.string().min(1),
  /** Whether repositories may be folders of this machine; elsewhere they are read over https and ssh only. */
  ALLOW_LOCAL_REPOSITORIES: flag(false),
  ...gitVariables,
});
export type PlanningConfig = z.output<typeof planningConfig>;
export type GitVariable = keyof typeof gitVariables;
