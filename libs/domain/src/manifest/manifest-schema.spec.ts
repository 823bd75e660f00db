import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { manifest } from './manifest.js';

interface Described {
  description?: string;
  properties?: Record<string, Described>;
}

/** Every property, however deep, with where it stands. */
function propertiesOf(node: unknown, place = ''): [string, Described][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    if (key !== 'properties') return propertiesOf(value, place);
    return Object.entries(value as Record<string, Described>).flatMap(([name, property]): [string, Described][] => [
      [`${place}/${name}`, property],
      ...propertiesOf(property, `${place}/${name}`),
    ]);
  });
}

describe('the JSON Schema of signalbox.yaml', () => {
  const properties = propertiesOf(z.toJSONSchema(manifest, { io: 'input', unrepresentable: 'any' }));
  const textOf = (place: string) => properties.find(([at]) => at === place)?.[1].description;

  it('says of every key what it does', () => {
    expect(properties.length).toBeGreaterThan(70);
    expect(properties.filter(([, { description = '' }]) => !/^.{10,250}\.$/.test(description))).toEqual([]);
  });

  it('says what is easily misunderstood', () => {
    expect(textOf('/environments/soak')).toMatch(/^The wait before this environment is entered/);
    expect(textOf('/environments/suites/run')).toContain('TARGET_URL');
    expect(textOf('/repository/path')).toContain('builds run there');
  });
});
