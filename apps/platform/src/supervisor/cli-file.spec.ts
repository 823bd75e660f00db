import { describe, expect, it } from '@jest/globals';
import { cliFileFor, startOf } from './cli-file.js';

const start = (broker: string) => ({
  broker,
  start: `run ${broker}`,
  url: `http://${broker}`,
  adminKey: `sbx_${broker}`,
});

describe('cli.json', () => {
  it('begins with the administrator', () => {
    expect(cliFileFor({}, start('embedded'))).toEqual({
      file: {
        broker: 'embedded',
        start: 'run embedded',
        url: 'http://embedded',
        current: 'admin',
        contexts: { admin: { key: 'sbx_embedded' } },
        waiting: {},
      },
      isFirst: true,
    });
  });

  it('says what starts the same kind of installation again, also after a start of another kind', () => {
    const before = { broker: 'kafka', start: 'npm start -- --kafka', url: 'http://kafka' };
    expect(cliFileFor(before, start('kafka')).file.start).toBe('run kafka');
    expect([
      startOf({ mode: 'embedded', kafka: false }),
      startOf({ mode: 'embedded', kafka: true }),
      startOf({ mode: 'cluster', kafka: true }),
    ]).toEqual(['npm start', 'npm start -- --kafka', 'npm run cluster']);
  });

  it('keeps the contexts and the chosen one over a start', () => {
    const { file } = cliFileFor({}, start('embedded'));
    const used = { ...file, current: 'ann', contexts: { ...file.contexts, ann: { key: 'sbx_ann' } } };
    expect(cliFileFor(used, start('embedded'))).toEqual({ file: used, isFirst: false });
  });

  it('gives them back after a start on the other broker, which knows none of them', () => {
    const { file } = cliFileFor({}, start('embedded'));
    const used = { ...file, current: 'ann', contexts: { ...file.contexts, ann: { key: 'sbx_ann' } } };
    const other = cliFileFor(used, start('kafka'));
    expect({ isFirst: other.isFirst, names: Object.keys(other.file.contexts) }).toEqual({
      isFirst: true,
      names: ['admin'],
    });
    const back = cliFileFor(other.file, start('embedded'));
    expect(back).toMatchObject({ isFirst: false, file: { current: 'ann', contexts: used.contexts } });
    expect(back.file.waiting).toEqual({ kafka: { current: 'admin', contexts: { admin: { key: 'sbx_kafka' } } } });
  });
});
