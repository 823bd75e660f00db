import { gateEvaluation, topics } from '@signalbox/domain';
import type { Database, OnCommit } from '@signalbox/persistence';
import { Store } from '@signalbox/persistence';
import type { Evaluation } from './evaluation.js';

export class EvaluationStore extends Store<Evaluation> {
  constructor(database: Database, onCommit: OnCommit<Evaluation>) {
    super(
      database,
      {
        aggregate: 'gate_evaluation',
        table: 'gate_evaluation',
        source: '/signalbox/build-coordinator',
        columns: ({ buildId }) => ({ build_id: buildId }),
      },
      onCommit,
    );
  }

  async record(evaluation: Evaluation): Promise<void> {
    const { releaseId, application, version, policy, result, inputs } = evaluation;
    await this.createOnce(evaluation, [
      gateEvaluation(topics.build, { releaseId, application, version, policy, result, inputs }),
    ]);
  }

  async listOf(buildId: string): Promise<Evaluation[]> {
    return (await this.select('build_id = $1', [buildId], { orderBy: 'id' })).map(({ state }) => state);
  }
}
