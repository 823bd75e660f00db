import { describe, expect, it } from '@jest/globals';
import { cliFileFor } from './cli-file.js';

const start = (broker: string) => ({ broker, url: `http://${broker}`, adminKey: `sbx_${broker}` });

describe('cli.json', () => {
  it('begins with the administrator', () => {
    expect(cliFileFor({}, start('embedded'))).toEqual({
      file: {
        broker: 'embedded',
        url: 'http://embedded',
        current: 'admin',
        contexts: { admin: { key: 'sbx_embedded' } },
        waiting: {},
      },
      isFirst: true,
    });
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
