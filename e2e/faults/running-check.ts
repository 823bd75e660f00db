import { eventually } from '@signalbox/testing';
import { tell } from './findings.js';
import type { Finding } from './findings.js';
import { slotsOf, storedGenerations } from './stored-generations.js';
import type { World } from './world.js';

interface Running {
  readonly id: string;
  readonly deployment: string | null;
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
  const wanted = await world
    .database('deployer')
    .query<{ id: string; generation: number }>("SELECT id, (state->>'generation')::int AS generation FROM environment");
  const wrong = () => {
    const stored = storedGenerations(slotsOf(world));
    return wanted.filter(({ id, generation }) => generation > 1 && stored.get(id) !== generation);
  };
  await eventually(() => wrong().length === 0, { withinMs, what: 'the host' }).catch(() => undefined);
  tell(
    finding,
    wanted.length,
    wrong().map(({ id }) => `the host does not do what is wanted in ${id}`),
  );
}
