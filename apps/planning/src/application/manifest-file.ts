import { DomainError, inWords, manifest } from '@signalbox/domain';
import type { Manifest } from '@signalbox/domain';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';

export interface ManifestFault {
  pointer: string;
  code: string;
  message: string;
  line: number;
  column: number;
}

/**
 * Reads `signalbox.yaml`. All faults at once, each with line and column (from 1):
 * `signalbox.yaml:14:9 steps[1]: one key; found setWeight, pause`.
 */
export function readManifest(text: string): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw rejected(
      document.errors.map((error) => ({
        pointer: '',
        code: 'yaml',
        message: firstLine(error.message),
        ...position(lines, error.pos[0]),
      })),
    );
  }
  const parsed = manifest.safeParse(valueOf(document) ?? {}, { error: inWords });
  if (parsed.success) return parsed.data;
  throw rejected(
    parsed.error.issues.flatMap(unfold).flatMap((issue) => {
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
      return keys.map((key) => {
        const path = key === undefined ? issue.path : [...issue.path, key];
        return {
          pointer: path.map((part) => `/${String(part)}`).join(''),
          code: issue.code,
          message: `${named(issue.path)}${key === undefined ? issue.message : `unknown key "${key}"`}`,
          ...position(lines, offsetOf(document, path)),
        };
      });
    }),
  );
}

/** Aliases that refer to each other can make a few lines as large as any memory. */
function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw rejected([{ pointer: '', code: 'yaml', message: 'its aliases are too many', line: 1, column: 1 }]);
  }
}

type Issue = z.core.$ZodIssue;

/** A union says nothing of its own: what counts is the alternative that came furthest. */
function unfold(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const alternatives = issue.errors.map((issues) =>
    issues.flatMap((inner) => unfold({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  return alternatives.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [issue];
}

/** A path from its last list on, else its last name, as people say it: `steps[1].pause.duration: `. */
function named(path: readonly PropertyKey[]): string {
  const item = path.findLastIndex((part) => typeof part === 'number');
  const from = item > 0 ? item - 1 : path.length - 1;
  const text = path
    .slice(Math.max(0, from))
    .reduce<string>(
      (all, part) => (typeof part === 'number' ? `${all}[${part}]` : `${all}${all ? '.' : ''}${String(part)}`),
      '',
    );
  return text === '' ? '' : `${text}: `;
}

/** Where the node at the path begins, or the nearest one around it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

/** `signalbox.yaml:14:9 steps[1]: one key; found setWeight, pause` */
function lineOf({ line, column, message }: ManifestFault): string {
  return `signalbox.yaml:${line}:${column} ${message}`;
}

/** Every fault after the first, as a line each. */
export function faultsOf(error: DomainError): string[] {
  const faults = (error.more.errors ?? []) as readonly ManifestFault[];
  return faults
    .filter((fault) => fault.line !== undefined)
    .slice(1)
    .map(lineOf);
}

function rejected(found: ManifestFault[]): DomainError {
  const faults = found.toSorted((a, b) => a.line - b.line);
  const [where = 'signalbox.yaml is not valid'] = faults.map(lineOf);
  return new DomainError('invalid', where, {
    reason: 'invalid_manifest',
    fix: 'mend signalbox.yaml; its schema is at /v1/manifest-schemas/signalbox.v1.json',
    errors: faults,
  });
}
