import { expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { DelayedStream } from '../e2e/faults/delayed-stream.js';

it('keeps the order of what it hands on when a delay ends or becomes shorter', async () => {
  const seen: string[] = [];
  const to = { writable: true, write: (piece: Buffer) => seen.push(piece.toString()) > 0 };
  const stream = new DelayedStream(to);
  const delays = [0, 40, 5, 0, 20, 0];
  for (const [index, delayMs] of delays.entries()) stream.write(Buffer.from(String(index)), delayMs);
  expect(seen).toEqual(['0']);
  await eventually(() => seen.length === delays.length, { what: 'all to be handed on' });
  expect(seen).toEqual(['0', '1', '2', '3', '4', '5']);
  stream.write(Buffer.from('late'), 0);
  expect(seen.at(-1)).toBe('late');
});
