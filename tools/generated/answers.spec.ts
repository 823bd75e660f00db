import { describe, expect, it } from '@jest/globals';
import { AnswerReader } from './answers.js';
import type { PackageAnswers } from './answers.js';
import { committedAt } from './committed.js';

const reader = new AnswerReader();
const packages = reader.read();

function sourceOf({ folder, operations, schemas }: PackageAnswers): string {
  const type = folder === 'libs/chassis' ? './http/answers.js' : '@signalbox/chassis';
  return `import type { Answers } from '${type}';

/** Made by \`npm run generate\` from the types of the controllers. */
export const answers: Answers = ${JSON.stringify({ operations, schemas }, null, 2)};
`;
}

describe('what operations answer', () => {
  it('is known of each from its type', () => {
    expect(reader.complaints).toEqual([]);
  });

  it.each(packages.map((each) => [each.folder, each] as const))(
    'is the one that is committed for %s; npm run generate writes it',
    (folder, read) => {
      const source = sourceOf(read);
      expect(committedAt(`${folder}/src/answers.generated.ts`, source)).toBe(source);
    },
  );

  it('calls nothing by a name that another service has for something else', () => {
    const shapes = Map.groupBy(
      packages.flatMap(({ schemas }) => Object.entries(schemas)),
      ([name]) => name,
    );
    const different = [...shapes].filter(
      ([, known]) => new Set(known.map(([, shape]) => JSON.stringify(shape))).size > 1,
    );
    expect(different.map(([name]) => name)).toEqual([]);
  });
});
