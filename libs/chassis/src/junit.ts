import { XMLParser } from 'fast-xml-parser';

export type TestStatus = 'passed' | 'failed' | 'skipped';

export interface TestCase {
  name: string;
  classname?: string;
  status: TestStatus;
  /** First line of what the case says of its failure. */
  message?: string;
  /** `cart.js:31` */
  place?: string;
  timeMs?: number;
}

export interface TestReport {
  passed: number;
  failed: number;
  skipped: number;
  cases: TestCase[];
}

/** Why a report cannot be used; `message` is for people. */
export class JunitError extends Error {}

const maxBytes = 10 * 1_048_576;
const maxCases = 50_000;
const maxMessage = 500;
const attribute = '@';

type Element = Record<string, unknown>;

/** Of a stack, from either end, in search of the place. */
const [searchedLines, searchedLength] = [100, 500];
/** Spaces, comments and instructions; what follows is a document type or the root. */
const beforeRoot = /^(?:[\s\uFEFF]+|<!--[\s\S]*?-->|<\?[\s\S]*?\?>)*/;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: attribute,
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (tag, _path, _leaf, isAttribute) => !isAttribute && ['testsuite', 'testcase'].includes(tag),
});

/**
 * Reads a JUnit XML report of any nesting. Document types, and with them entities, are refused; so are more than 10 MiB or
 * 50,000 cases.
 * @throws JunitError
 */
export function parseJunit(xml: string): TestReport {
  if (Buffer.byteLength(xml) > maxBytes) throw new JunitError('the test report is larger than 10 MiB');
  if (xml.replace(beforeRoot, '').startsWith('<!'))
    throw new JunitError('the test report declares a document type or entities');
  const cases: TestCase[] = [];
  for (const root of [read(xml)].flatMap((document) => [document, document['testsuites']])) collect(root, cases);
  const count = (status: TestStatus) => cases.filter((found) => found.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), cases };
}

function read(xml: string): Element {
  try {
    return parser.parse(xml, true) as Element;
  } catch (error) {
    throw new JunitError(`the test report is not XML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function collect(suite: unknown, cases: TestCase[]): void {
  if (!isElement(suite)) return;
  for (const found of elements(suite['testcase'])) {
    if (cases.length === maxCases) throw new JunitError('the test report has more than 50,000 cases');
    cases.push(testCase(found));
  }
  for (const nested of elements(suite['testsuite'])) collect(nested, cases);
}

function testCase(element: Element): TestCase {
  const trouble = element['failure'] ?? element['error'];
  const classname = text(element[`${attribute}classname`]);
  const seconds = Number(element[`${attribute}time`] ?? Number.NaN);
  return {
    name: text(element[`${attribute}name`]) || 'unnamed',
    ...(classname && { classname }),
    status: statusOf(element),
    ...(trouble !== undefined && failure(element, Array.isArray(trouble) ? trouble[0] : trouble)),
    ...(Number.isFinite(seconds) && { timeMs: Math.round(seconds * 1_000) }),
  };
}

function statusOf(element: Element): TestStatus {
  if (element['failure'] !== undefined || element['error'] !== undefined) return 'failed';
  return element['skipped'] === undefined ? 'passed' : 'skipped';
}

function failure(element: Element, trouble: unknown): Pick<TestCase, 'message' | 'place'> {
  const body = isElement(trouble) ? text(trouble['#text']) : text(trouble);
  const message = (isElement(trouble) && text(trouble[`${attribute}message`])) || body;
  const place = placeOf(element, body);
  return { message: firstLine(message) || 'failed', ...(place && { place }) };
}

/** `file` and `line` where the tool writes them, else the first line of the stack that is not the runtime's own. */
function placeOf(element: Element, stack: string): string | undefined {
  const file = text(element[`${attribute}file`]);
  const line = text(element[`${attribute}line`]);
  if (file && line) return `${base(file)}:${line}`;
  // A line may be a picture in base64: the expression takes quadratic time over a long run without a space.
  const lines = stack.split('\n');
  const ends =
    lines.length > 2 * searchedLines ? [...lines.slice(0, searchedLines), ...lines.slice(-searchedLines)] : lines;
  for (const entry of ends.map((each) => each.slice(0, searchedLength))) {
    const frame = /([^\s()"]+\.\w+)(?::|", line )(\d+)/.exec(entry);
    if (frame && !/node:|node_modules|\(internal/.test(entry)) return `${base(frame[1] as string)}:${frame[2]}`;
  }
  return file ? base(file) : undefined;
}

function base(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

function firstLine(message: string): string {
  const line = message.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  return line.trim().slice(0, maxMessage);
}

function elements(value: unknown): Element[] {
  return Array.isArray(value) ? value.filter(isElement) : [];
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null;
}

const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** Only XML's own five entities and character numbers; nothing expands to more than one character. */
function text(value: unknown): string {
  return typeof value === 'string'
    ? value.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|quot|apos|amp));/gi, (whole, hex, decimal, name) => {
        if (name) return named[String(name).toLowerCase()] ?? whole;
        const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
        return point > 0 && point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
      })
    : '';
}
