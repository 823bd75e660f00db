import { tell, waitFor } from './findings.js';
import type { Finding } from './findings.js';
import { slotsOf, storedGenerations } from './stored-generations.js';
import type { World } from './world.js';

interface Running {
  readonly id: string;
  readonly deployment: string | null;
}

interface Wanted {
  readonly id: string;
  readonly generation: number;
}

/** Whatever was cancelled, taken back and rolled back meanwhile, planning and deployer say the same of each environment. */
export async function planningKnowsWhatRuns(world: World, finding: Finding): Promise<void> {
  if (!world.options.services.includes('deployer')) return;
  const currentOf = (service: string, table: string): Promise<Running[]> =>
    world.database(service).query(`SELECT id, state->'current'->>'deploymentId' AS deployment FROM ${table}`);
  const known = new Map((await currentOf('planning', 'slot')).map(({ id, deployment }) => [id, deployment]));
  const running = await currentOf('deployer', 'environment');
  const wrong = running.filter(({ id, deployment }) => (known.get(id) ?? null) !== deployment);
  tell(
    finding,
    running.length,
    wrong.map(({ id, deployment }) => `in ${id} runs ${deployment}, planning says ${known.get(id)}`),
  );
}

/** Traffic goes where the last committed intent says. */
export async function hostDoesWhatIsWanted(world: World, finding: Finding, withinMs: number): Promise<void> {
  if (!world.options.services.includes('deployer')) return;
  let wanted: Wanted[] = [];
  let wrong: Wanted[] = [];
  const isDone = async () => {
    wanted = await world
      .database('deployer')
      .query<Wanted>("SELECT id, (state->>'generation')::int AS generation FROM environment");
    const stored = storedGenerations(slotsOf(world));
    wrong = wanted.filter(({ id, generation }) => generation > 1 && stored.get(id) !== generation);
    return wrong.length === 0;
  };
  const complaints = await waitFor(isDone, { withinMs, what: 'the host to do what is wanted' });
  tell(finding, wanted.length, [
    ...complaints,
    ...wrong.map(({ id }) => `the host does not do what is wanted in ${id}`),
  ]);
}
