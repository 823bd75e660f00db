import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reservations } from '../src/reservations.js';

test('a released reservation can be used again', () => {
  const reservations = new Reservations();
  for (let order = 0; order < 20; order += 1) {
    reservations.reserve(`order ${order}`);
    reservations.release(`order ${order}`);
  }
});

test('no more is promised than can be kept', () => {
  const reservations = new Reservations();
  assert.throws(
    () => Array.from({ length: 100 }, (_, order) => reservations.reserve(`order ${order}`)),
    /no reservation left/,
  );
});
