import { Injectable } from '@nestjs/common';
import type { StageRequest } from '@signalbox/domain';
import type { Database, Versioned } from '@signalbox/persistence';
import type { Evaluation } from '../policy/evaluation.js';
import type { EvaluationStore } from '../policy/evaluation.store.js';
import { testsPassed } from '../policy/tests-passed.js';
import type { Evaluated } from '../policy/tests-passed.js';
import type { Findings } from '../task/findings.js';
import type { TaskFollower, TaskService } from '../task/task.service.js';
import type { BuildStore } from './build.store.js';
import { begin, finish, queued } from './build.js';
import type { Build } from './build.js';
import { buildIdOf, buildOf, evaluationIdOf, specOf, taskIdOf } from './request.js';

@Injectable()
export class BuildService {
  constructor(
    private readonly database: Database,
    private readonly builds: BuildStore,
    private readonly evaluations: EvaluationStore,
    private readonly tasks: TaskService,
  ) {}

  /** A request that was heard before changes nothing. */
  async request(request: StageRequest, requestEventId: string): Promise<void> {
    await this.database.runWithRetry(async () => {
      const build = buildOf(request, requestEventId, await this.database.now());
      if (!(await this.builds.createOnce(build, queued(build)))) return;
      await this.tasks.queue({
        id: build.taskId,
        releaseId: build.releaseId,
        application: build.application,
        team: build.team,
        spec: specOf(request),
        answerTo: { kind: 'stage', buildId: build.id, of: build.of },
      });
    });
  }

  async cancel({ releaseId, stage, attempt }: { releaseId: string; stage: string; attempt: number }, reason: string) {
    await this.tasks.cancel(taskIdOf(buildIdOf(releaseId, stage, attempt)), reason);
  }

  get(id: string): Promise<Versioned<Build>> {
    return this.builds.get(id);
  }

  evaluationsOf(buildId: string): Promise<Evaluation[]> {
    return this.evaluations.listOf(buildId);
  }
}

/** Keeps builds in step with their tasks. */
export class BuildFollower implements TaskFollower {
  constructor(
    private readonly builds: BuildStore,
    private readonly evaluations: EvaluationStore,
  ) {}

  async began(buildId: string): Promise<void> {
    await this.builds.change(buildId, begin);
  }

  async ended(buildId: string, findings: Findings): Promise<void> {
    const { state } = await this.builds.get(buildId);
    const evaluated = evaluate(state, findings);
    if (evaluated) await this.record(state, evaluated);
    await this.builds.change(buildId, (build, now) => finish(build, findings, evaluated, now));
  }

  private async record(build: Build, evaluated: Evaluated): Promise<void> {
    const policy = 'tests-passed';
    await this.evaluations.record({
      ...evaluated,
      id: evaluationIdOf(build.id, policy),
      buildId: build.id,
      releaseId: build.releaseId,
      application: build.application,
      version: build.version,
      policy,
      at: new Date().toISOString(),
    });
  }
}

/** A build that could not be carried out says nothing about its tests. */
function evaluate(build: Build, { result, report }: Findings): Evaluated | undefined {
  if (build.minPassed === undefined || !['succeeded', 'failed'].includes(result.outcome)) return undefined;
  return testsPassed(build.minPassed, build.junit, report);
}
