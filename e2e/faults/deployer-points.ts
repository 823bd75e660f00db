import { withoutCommit } from './crash-points.js';
import type { CrashPoint } from './crash-points.js';
import type { Scene } from './fault.js';
import { slotsOf, storedGenerations } from './stored-generations.js';
import { stateOf } from './transcript.js';
import type { Statement } from './transcript.js';
import { commitAt, isCommitted } from './wire.js';

interface Environment {
  readonly id: string;
  readonly generation: number;
  readonly putGeneration: number;
  readonly rollout?: object;
}

const environmentOf = (said: readonly Statement[]) => stateOf<Environment>(said, 'environment');
/** What the host has acknowledged; a rollout's own step is written with its deployment. */
const acknowledged = (said: readonly Statement[]) => {
  const written = said.some(({ sql }) => /\bdeployment\b/.test(sql)) ? undefined : environmentOf(said);
  return written?.putGeneration === written?.generation ? written : undefined;
};

/** Its intent is stored, and the host has not been called. */
export const afterIntent: CrashPoint = {
  name: 'after-intent',
  judge({ direction, bytes, said }) {
    if (direction === 'to-server' || !isCommitted(bytes)) return 'pass';
    const written = environmentOf(said);
    return written && written.generation > written.putGeneration ? 'dies' : 'pass';
  },
  wasThere: (scene, _service, said) => isBetween(scene, environmentOf(said), 'untold'),
};

/** In the middle of a shift the host has written down what it was told, and nothing of that has reached the database. */
export const afterCall: CrashPoint = {
  name: 'after-call',
  judge({ direction, said }) {
    const told = direction === 'to-server' ? acknowledged(said) : undefined;
    return told?.rollout && told.id.endsWith('/production') ? 'dies' : 'pass';
  },
  wasThere: (scene, _service, said) => isBetween(scene, acknowledged(said), 'told'),
};

/** What the host has answered has reached the database, and is not committed. */
export const beforeObservation: CrashPoint = {
  name: 'before-observation',
  judge: ({ direction, bytes, said }) =>
    direction === 'to-server' && commitAt(bytes) >= 0 && acknowledged(said) ? 'dies' : 'pass',
  handOn: withoutCommit,
  wasThere: (scene, _service, said) => isBetween(scene, acknowledged(said), 'told'),
};

/** Whether the database knows the intent and no acknowledgement, and the host has it, or not. */
async function isBetween({ world }: Scene, said: Environment | undefined, host: 'told' | 'untold'): Promise<boolean> {
  if (said === undefined) return false;
  const [stored] = await world
    .database('deployer')
    .query<{ state: Environment }>('SELECT state FROM environment WHERE id = $1', [said.id]);
  const hasIntent = stored?.state.generation === said.generation && stored.state.putGeneration < said.generation;
  const atHost = storedGenerations(slotsOf(world)).get(said.id) ?? 0;
  return hasIntent && atHost >= said.generation === (host === 'told');
}
