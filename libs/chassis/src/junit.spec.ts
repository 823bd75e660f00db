import { describe, expect, it } from '@jest/globals';
import { JunitError, parseJunit } from './junit.js';

const suites = (cases: string): string =>
  `<?xml version="1.0"?><testsuites><testsuite>${cases}</testsuite></testsuites>`;

describe('a JUnit report', () => {
  it('is counted at every depth', () => {
    const nested = suites('<testsuite><testcase name="deep"/></testsuite><testcase name="flat"><skipped/></testcase>');
    expect(parseJunit(nested)).toMatchObject({ passed: 1, failed: 0, skipped: 1 });
    expect(parseJunit('<testsuite><testcase name="a" time="0.25"/></testsuite>').cases).toEqual([
      { name: 'a', status: 'passed', timeMs: 250 },
    ]);
  });

  it('names message and place of a failure, from its attributes or the first line of its stack', () => {
    const stack = `Error: expected 2, got 1
    at node:internal/x.js:3:1
    at Cart.add (file:///app/src/cart.js:31:7)`;
    const { cases } = parseJunit(
      suites(`
        <testcase name="adds" classname="cart"><failure message="expected 2, got 1&#10;more">${stack}</failure></testcase>
        <testcase name="py" file="tests/test_cart.py" line="12"><error>AssertionError: 1 &lt; 2</error></testcase>
        <testcase name="bare"><failure/></testcase>`),
    );
    expect(cases).toMatchObject([
      { name: 'adds', classname: 'cart', status: 'failed', message: 'expected 2, got 1', place: 'cart.js:31' },
      { status: 'failed', message: 'AssertionError: 1 < 2', place: 'test_cart.py:12' },
      { status: 'failed', message: 'failed' },
    ]);
  });

  it('is refused with entities, as no XML, and when it is too large', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuite name="&a;"/>';
    for (const text of [
      bomb,
      `<?xml version="1.0"?>\n<!-- <a -->${bomb}`,
      '<testsuite>',
      'not xml',
      ' '.repeat(10 * 1_048_576 + 1),
    ]) {
      expect(() => parseJunit(text)).toThrow(JunitError);
    }
  });

  it('may hold a page or a picture in what a case has printed', () => {
    const page = '<![CDATA[<!DOCTYPE html><html>at Cart.add (cart.js:31:7)</html>]]>';
    const picture = 'QUJD'.repeat(200_000);
    const { cases } = parseJunit(
      suites(`<testcase name="page"><failure>${page}</failure></testcase>
        <testcase name="picture"><failure message="differs">${picture}</failure></testcase>`),
    );
    expect(cases).toMatchObject([{ place: 'cart.js:31' }, { message: 'differs' }]);
    expect(cases[1]).not.toHaveProperty('place');
  });

  it('without any case is empty', () => {
    expect(parseJunit(suites(''))).toEqual({ passed: 0, failed: 0, skipped: 0, cases: [] });
  });
});
