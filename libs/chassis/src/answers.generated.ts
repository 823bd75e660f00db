import type { Answers } from './http/answers.js';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  operations: {
    "listParkedEvents": {"anyOf":[{"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/ParkedEvent"}},"nextCursor":{"type":["string","null"]}},"required":["items","nextCursor"]},{"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/ParkedKey"}},"nextCursor":{"type":["string","null"]}},"required":["items","nextCursor"]}]},
    "redriveParkedEvents": {"type":"object","properties":{"keys":{"type":"number"}},"required":["keys"]},
    "skipParkedEvents": {"type":"object","properties":{"eventIds":{"type":"array","items":{"type":"string"}}},"required":["eventIds"]},
    "listParkedActions": {"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/ParkedAction"}},"nextCursor":{"type":["string","null"]}},"required":["items","nextCursor"]},
    "listDroppedEvents": {"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/ParkedEvent"}},"nextCursor":{"type":["string","null"]}},"required":["items","nextCursor"]},
  },
  schemas: {
    "ParkedAction": {"description":"What an operator did about held-back events.","type":"object","properties":{"id":{"type":"string"},"at":{"type":"string","format":"date-time"},"action":{"type":"string","enum":["redrive","skip"]},"by":{"type":"string"},"reason":{"type":["string","null"]},"selection":{"anyOf":[{"type":"object","properties":{"fingerprint":{"type":"string"}},"required":["fingerprint"]},{"type":"object","properties":{"topic":{"type":"string"},"key":{"type":"string"},"eventId":{"type":"string"}},"required":["topic","key","eventId"]},{"type":"object","properties":{"topic":{"type":"string"},"key":{"type":"string"}},"required":["topic","key"]}]},"keys":{"type":"number"},"dropped":{"type":"array","items":{"type":"object","properties":{"topic":{"type":"string"},"key":{"type":"string"},"eventId":{"type":"string"}},"required":["topic","key","eventId"]}}},"required":["id","at","action","by","reason","selection","keys","dropped"]},
    "ParkedEvent": {"description":"An event as it came, its payload as text.","type":"object","properties":{"payload":{"type":["string","null"]},"seq":{"type":"string"},"topic":{"type":"string"},"key":{"type":"string"},"eventId":{"type":"string"},"headers":{"type":"object","additionalProperties":{"type":"string"}},"payloadBytes":{"type":"number"},"error":{"type":["string","null"]},"parkedAt":{"type":"string","format":"date-time"}},"required":["payload","seq","topic","key","eventId","headers","payloadBytes","error","parkedAt"]},
    "ParkedKey": {"type":"object","properties":{"topic":{"type":"string"},"key":{"type":"string"},"state":{"$ref":"#/components/schemas/ParkedState"},"attempts":{"type":"number","description":"Further ones since it is held back, or since somebody redrove it."},"since":{"type":"string","format":"date-time"},"nextAt":{"type":"string","format":"date-time"},"events":{"type":"number"},"eventId":{"type":["string","null"],"description":"Of the event that holds the others up, as are error and fingerprint."},"error":{"type":["string","null"]},"fingerprint":{"type":["string","null"],"description":"The same for events that fail in the same way."}},"required":["topic","key","state","attempts","since","nextAt","events","eventId","error","fingerprint"]},
    "ParkedState": {"type":"string","enum":["parked","retrying"]},
  },
};
