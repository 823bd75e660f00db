import { describe, expect, it } from '@jest/globals';
import { knownContracts, planningAlive } from '@signalbox/domain';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';
import { committed } from './committed.js';
import { eventCatalogue } from './event-catalogue.js';
import { eventSchemas } from './event-schemas.js';

const contracts = [...knownContracts().values()].sort((a, b) => (a.type < b.type ? -1 : 1));

describe('the documents of events', () => {
  it('the catalogue is the one that is committed; npm run generate writes it', () => {
    const page = eventCatalogue(contracts);
    expect(committed('events.md', page)).toBe(page);
  });

  it('the schemas are those that are committed; npm run generate writes them', () => {
    const text = `${JSON.stringify(eventSchemas(contracts), null, 2)}\n`;
    expect(committed('events.schema.json', text)).toBe(text);
  });

  it('the catalogue tells of every type once', () => {
    const headings = [...eventCatalogue(contracts).matchAll(/^### (.+)$/gm)].map(([, type]) => type);
    expect(headings.sort()).toEqual(contracts.map(({ type }) => type));
  });

  it('the schema takes an event of ours, and none with other fields', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(eventSchemas(contracts));
    const event = (content: object) => ({
      context: { type: planningAlive.type },
      subject: { id: 'planning', content },
    });
    expect(validate(event({ at: '2026-11-23T10:00:00Z' }))).toBe(true);
    expect(validate(event({ at: '2026-11-23T10:00:00Z', more: 1 }))).toBe(false);
    expect(validate(event({ at: 'noon' }))).toBe(false);
  });
});
