import type { Deployment, Ending } from './deployment.js';

/** Takes the rollout out; everything that was there before stays. */
export function takeBack(deployment: Deployment, now: Date, ending: Ending): Deployment {
  if (deployment.status === 'taking_back' || deployment.status === 'ended') return deployment;
  if (deployment.status === 'waiting') return end(deployment, now, ending);
  const { pausedFor: _, ...rest } = deployment;
  return { ...rest, status: 'taking_back', weight: 0, back: { ...ending, since: now.toISOString() } };
}

export function takeBackFailed(deployment: Deployment, now: Date): Deployment {
  const detail = deployment.analysis?.last?.summary ?? 'the analysis failed';
  return takeBack(deployment, now, { outcome: 'failed', reason: 'analysis_failed', detail });
}

export function takeBackLate(deployment: Deployment, now: Date): Deployment {
  return takeBack(deployment, now, {
    outcome: 'failed',
    reason: 'pause_expired',
    detail: `step ${deployment.step + 1} waited too long`,
  });
}

/** Nothing leaves `ended`. */
export function end(deployment: Deployment, now: Date, ending: Ending): Deployment {
  const { pausedFor: _, ...rest } = deployment;
  return { ...rest, status: 'ended', ended: { ...ending, at: now.toISOString() } };
}
