import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
export const answers: Answers = {
  operations: {
${linesOf(operations)}
  },
  schemas: {
${linesOf(schemas)}
  },
};
`;
}

/** One line each; docs/generated/openapi.json is for people. */
function linesOf(schemas: PackageAnswers['schemas']): string {
  const lines = Object.entries(schemas).map(
    ([name, schema]) => `    ${JSON.stringify(name)}: ${JSON.stringify(schema)},`,
  );
  return lines.join('\n');
}

const planted = `
class ThingController {
  @ApiOperation({ operationId: 'getAny' }) any(): Promise<object> { throw new Error(); }
  @ApiOperation({ operationId: 'getLost' }) lost(): Nowhere { throw new Error(); }
  @ApiOperation({ operationId: 'getNothing' }) async nothing(): Promise<void> {}
  @operation('listThings', 'each service its own') list(): { items: string[] } { return { items: [] }; }
  notAnOperation(): number { return 1; }
}
`;

describe('what operations answer', () => {
  it('is known of each from its type', () => {
    expect(reader.complaints).toEqual([]);
    expect(packages.flatMap(({ schemas }) => Object.keys(schemas)).filter((name) => name === 'Problem')).toEqual([]);
  });

  it.each(packages.map((each) => [each.folder, each] as const))(
    'is the one that is committed for %s; npm run generate writes it',
    (folder, read) => {
      const source = sourceOf(read);
      expect(committedAt(`${folder}/src/answers.generated.ts`, source)).toBe(source);
    },
  );

  it('is asked for where a controller does not say it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-controllers-'));
    const file = join(folder, 'thing.controller.ts');
    writeFileSync(file, planted);
    const one = new AnswerReader([file]);
    expect(one.read().map(({ operations }) => operations)).toEqual([
      { listThings: { type: 'object', properties: { items: expect.anything() }, required: ['items'] } },
    ]);
    expect(one.complaints).toEqual(['getAny: object', 'getLost: Nowhere']);
    rmSync(folder, { recursive: true });
  });

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
