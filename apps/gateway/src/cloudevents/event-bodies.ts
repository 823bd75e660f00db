import type { ApiBodyOptions } from '@nestjs/swagger';
import { mostEvents } from './published-events.js';

const attribute = { type: 'string' as const };
const cloudEvent = {
  type: 'object' as const,
  required: ['specversion', 'id', 'type', 'data'],
  properties: {
    specversion: { ...attribute, enum: ['1.0'] },
    id: attribute,
    source: { ...attribute, description: 'The prefix of the source where it is left out; else it lies under that' },
    type: attribute,
    time: { ...attribute, format: 'date-time' },
    chainid: { ...attribute, description: 'The id of a release: the event then shows in its timeline' },
    data: { type: 'object' as const, description: 'A CDEvents document: context, subject, customData' },
  },
};

/** What OpenAPI says of the bodies. */
export const eventBodies: ApiBodyOptions = {
  schema: { oneOf: [cloudEvent, { type: 'array', items: cloudEvent, minItems: 1, maxItems: mostEvents }] },
};
