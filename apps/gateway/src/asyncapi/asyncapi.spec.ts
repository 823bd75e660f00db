import { describe, expect, it } from '@jest/globals';
import { applicationDefined, knownContracts, planningAlive, topics } from '@signalbox/domain';
import { Ajv } from 'ajv';
import { default as addFormats } from 'ajv-formats';
import { describeEvents } from './asyncapi.js';

const sources = [{ name: 'argo', prefix: '/argo' }];
const document = describeEvents({ topicPrefix: 'sb1.', sources });

function addressOf(channel: string): unknown {
  return document.channels[channel]?.['address'];
}

function messagesOn(channel: string): string[] {
  return Object.keys((document.channels[channel]?.['messages'] ?? {}) as object);
}

describe('the AsyncAPI document', () => {
  it('has every topic under the name it has in this installation', () => {
    expect(Object.keys(document.channels)).toEqual([...Object.keys(topics), 'inbound-argo']);
    expect(addressOf('planning')).toBe('sb1.signalbox.planning');
    expect(addressOf('inbound-argo')).toBe('sb1.signalbox.inbound.argo');
  });

  it('has every event on each topic it is published on', () => {
    expect(messagesOn('reference')).toContain(applicationDefined.type);
    const started = [...knownContracts().keys()].find((type) => type.includes('.taskrun.started.')) ?? '';
    const on = Object.keys(document.channels).filter((channel) => messagesOn(channel).includes(started));
    expect(on).toEqual(['build', 'test', 'deployment', 'monitoring', 'feedback']);
    const published = new Set(Object.keys(topics).flatMap(messagesOn));
    expect([...published].toSorted()).toEqual([...knownContracts().keys()].toSorted());
  });

  it('says who sends and who receives', () => {
    expect(document.operations['send-planning']).toMatchObject({ action: 'send' });
    expect(document.operations['receive-inbound-argo']).toMatchObject({ action: 'receive' });
    expect(describeEvents({ topicPrefix: '', sources: [] }).operations).not.toHaveProperty('receive-inbound-argo');
  });

  it('refers to nothing that is not there', () => {
    const missing = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].filter(([, path = '']) => {
      const found = path.split('/').reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], document);
      return found === undefined;
    });
    expect(missing).toEqual([]);
  });

  it('takes an event of ours, also with fields of a later build, and none that lacks what it must have', () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema(document, 'document');
    const validate = ajv.getSchema(`document#/components/messages/${planningAlive.type}/payload`);
    const context = {
      specversion: '0.5.1',
      id: '1',
      source: '/signalbox/planning',
      type: planningAlive.type,
      timestamp: '2026-11-27T10:00:00Z',
    };
    const event = (content: object) => ({ context, subject: { id: 'planning', content } });
    expect(validate?.(event({ at: '2026-11-27T10:00:00Z' }))).toBe(true);
    expect(validate?.(event({ at: '2026-11-27T10:00:00Z', more: 1 }))).toBe(true);
    expect(validate?.(event({}))).toBe(false);
  });
});
