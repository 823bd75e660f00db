import { settled, withoutRollout, withRollout } from '../environment/environment.js';
import type { Environment, RunSpec } from '../environment/environment.js';
import type { Deployment } from './deployment.js';

/** What should run follows from how the rollout stands. @param spec of the version on its way in, when it begins */
export function carryOut(
  deployment: Deployment,
  environment: Environment,
  spec: () => RunSpec,
  now: Date,
): Environment {
  const { rollout } = environment;
  const isOurs = rollout?.spec.deploymentId === deployment.id;
  switch (deployment.status) {
    case 'waiting':
      return environment;
    case 'starting':
      return isOurs ? environment : withRollout(environment, spec(), deployment.steps.length > 0 ? 0 : 100, now);
    case 'stepping':
    case 'paused':
    case 'finishing':
      return isOurs ? withRollout(environment, rollout.spec, deployment.weight, now) : environment;
    case 'taking_back':
      return withoutRollout(environment, deployment.id, now);
    case 'ended':
      return deployment.ended?.outcome === 'succeeded'
        ? settled(environment, deployment.id, deployment.of.releaseId, now)
        : withoutRollout(environment, deployment.id, now);
  }
}
