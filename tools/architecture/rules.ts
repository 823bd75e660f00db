/** One source file as the rules see it. */
export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  path: string;
  text: string;
  /** Module specifiers that are imported at run time or as types. */
  imports: readonly string[];
}

export interface Violation {
  rule: string;
  path: string;
  message: string;
}

type Rule = (file: SourceFile, all: ReadonlyMap<string, SourceFile>) => string[];

const libraryOrder = ['domain', 'messaging', 'persistence', 'chassis'];
const isTest = (path: string) =>
  /\.(int\.)?spec\.ts$|\/(contract|testing)\/[^/]+\.ts$/.test(path) && !path.startsWith('libs/testing/');

function libraryOf(path: string): string | undefined {
  return /^libs\/([^/]+)\//.exec(path)?.[1];
}

function appOf(path: string): string | undefined {
  return /^apps\/([^/]+)\//.exec(path)?.[1];
}

/** Kind of a file in an aggregate's folder: its suffix, or `noun` for the pure heart. */
function kindOf(path: string): string | undefined {
  return /\.(service|store|view|controller|consumer|reconciler|module)\.ts$/.exec(path)?.[1];
}

const specifiers = (file: SourceFile, pattern: RegExp) => file.imports.filter((specifier) => pattern.test(specifier));

/** domain ← messaging ← persistence ← chassis; testing sees all; no library sees an app. */
const layers: Rule = (file) => {
  const library = libraryOf(file.path);
  if (library === undefined) return [];
  const own = library === 'testing' ? libraryOrder.length : libraryOrder.indexOf(library);
  return specifiers(file, /^@signalbox\//).flatMap((specifier) => {
    // An entry beside a library's index is part of it.
    const [wanted = ''] = specifier.replace('@signalbox/', '').split('/');
    if (isTest(file.path)) return [];
    const rank = libraryOrder.indexOf(wanted);
    if (wanted === 'testing' || rank === -1) return [`a library imports ${specifier}`];
    return rank < own || wanted === library ? [] : [`${library} may not import ${wanted}`];
  });
};

/** An app is reached through its index at most, and only the platform imports other apps. */
const apps: Rule = (file) => {
  const app = appOf(file.path);
  if (app === undefined) return [];
  const others = specifiers(file, /^@signalbox\//)
    .map((specifier) => specifier.replace('@signalbox/', '').split('/'))
    .filter(([name = '']) => ![...libraryOrder, 'testing', app].includes(name));
  return others.flatMap(([name, ...inside]) => {
    if (inside.length > 0) return [`${app} reaches inside ${name}`];
    return app === 'platform' || isTest(file.path) ? [] : [`${app} imports the app ${name}`];
  });
};

/** A relative import never leaves its project. */
const inside: Rule = (file) => {
  const project = /^(?:apps|libs)\/[^/]+\//.exec(file.path)?.[0];
  if (project === undefined) return [];
  const folder = file.path.split('/').slice(0, -1);
  return specifiers(file, /^\./).flatMap((specifier) => {
    const parts = [...folder];
    for (const part of specifier.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '.') parts.push(part);
    }
    const isExample = isTest(file.path) && parts[0] === 'examples';
    return isExample || `${parts.join('/')}/`.startsWith(project) ? [] : [`${specifier} leaves ${project}`];
  });
};

/**
 * What a suffix may not import. A `.projection` keeps what another service owns, learnt from events: consumers write it,
 * anybody in the app may read it.
 */
const forbidden: Record<string, RegExp> = {
  service: /^typeorm$|\.(controller|consumer)\.js$|-target\.js$|^kafkajs$/,
  store: /\.service\.js$|\.controller\.js$|\.consumer\.js$/,
  view: /\.service\.js$|\.controller\.js$|\.consumer\.js$/,
  controller: /\.store\.js$|^typeorm$/,
  consumer: /\.store\.js$|^typeorm$/,
  reconciler: /\.store\.js$|^typeorm$|\.controller\.js$/,
};
const suffixes: Rule = (file) => {
  const kind = kindOf(file.path);
  const pattern = kind === undefined ? undefined : forbidden[kind];
  if (pattern === undefined || isTest(file.path) || appOf(file.path) === undefined) return [];
  return specifiers(file, pattern).map((specifier) => `a .${kind} imports ${specifier}`);
};

/**
 * Pure by default, a suffix unlocks: in an aggregate's folder (one with a `<noun>.store.ts`) the noun and its plain
 * siblings know no framework, no clock and no chance.
 */
const purity: Rule = (file, all) => {
  const match = /^(apps\/[^/]+\/src\/([a-z-]+))\/([a-z-]+)\.ts$/.exec(file.path);
  if (!match || !all.has(`${match[1]}/${match[2]}.store.ts`)) return [];
  const impure =
    /^@nestjs\/|^typeorm$|^kafkajs$|^node:(?!crypto|util)|^pg$|^undici$|\.(service|store|view|controller|consumer|reconciler)\.js$/;
  const clock = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.[a-z]/.exec(file.text)?.[0];
  return [
    ...specifiers(file, impure).map((specifier) => `a pure file imports ${specifier}`),
    ...(clock ? [`a pure file uses ${clock}`] : []),
  ];
};

/** One reader of the environment per app: config.ts; main.ts hands `process.env` to it. */
const environment: Rule = (file) => {
  const app = appOf(file.path);
  if (app === undefined || isTest(file.path) || !/\bprocess\.env\b/.test(file.text)) return [];
  const isReader =
    /\/src\/(?:supervisor\/)?(config|main)\.ts$/.test(file.path) || file.path.endsWith('/src/supervisor/start.ts');
  return isReader ? [] : ['reads process.env; only config.ts does, from what main.ts hands it'];
};

/** Barrels hide what a module is: every export is named. */
const namedExports: Rule = (file) => (/^export \* from/m.test(file.text) ? ['uses export *'] : []);

const longest: Record<string, number> = {
  main: 25,
  config: 60,
  module: 80,
  telemetry: 80,
  consumer: 80,
  controller: 90,
  store: 120,
  view: 120,
  reconciler: 120,
  service: 200,
  noun: 250,
};
/** A file that outgrows its kind does two things. Blank lines and comments are not counted, as in the lint alarm. */
const sizes: Rule = (file, all) => {
  const match = /^(apps\/[^/]+\/src)\/(?:([a-z-]+)\/)?([a-z-]+)\.ts$/.exec(file.path);
  const isNoun =
    match?.[2] !== undefined && match[2] === match[3] && all.has(`${match[1]}/${match[2]}/${match[2]}.store.ts`);
  const kind = kindOf(file.path) ?? (isNoun ? 'noun' : match?.[2] === undefined ? match?.[3] : undefined);
  const limit = longest[kind ?? ''];
  if (limit === undefined || isTest(file.path) || appOf(file.path) === undefined) return [];
  const code = file.text.replaceAll(/\/\*[^]*?\*\//g, '').split('\n');
  const lines = code.filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;
  return lines > limit ? [`${lines} lines; a ${kind} has ${limit} at most`] : [];
};

/** Processes that only write and relay events start without the framework. */
const frameworkFree: Rule = (file) => {
  if (!/^libs\/(domain|messaging|persistence)\//.test(file.path) || isTest(file.path)) return [];
  if (/^libs\/messaging\/src\/(nest|event-transport|on-event)\.ts$/.test(file.path)) return [];
  return specifiers(file, /^@nestjs\//).map((specifier) => `imports ${specifier}; only what nest.ts exports may`);
};

const rules: Record<string, Rule> = {
  layers,
  apps,
  inside,
  suffixes,
  purity,
  environment,
  namedExports,
  sizes,
  frameworkFree,
};

export const ruleNames = Object.keys(rules);

/** Everything that breaks a rule, and every cycle of relative imports. */
export function check(files: readonly SourceFile[]): Violation[] {
  const all = new Map(files.map((file) => [file.path, file]));
  const single = files.flatMap((file) =>
    Object.entries(rules).flatMap(([rule, judge]) =>
      judge(file, all).map((message) => ({ rule, path: file.path, message })),
    ),
  );
  return [...single, ...cycles(files)];
}

/** Cycles of run-time imports between files of the same project. */
function cycles(files: readonly SourceFile[]): Violation[] {
  const known = new Map(files.map((file) => [file.path, file]));
  const state = new Map<string, 'open' | 'done'>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(path)), path];
      found.push({ rule: 'cycles', path, message: cycle.map((name) => name.split('/').at(-1)).join(' → ') });
      return;
    }
    state.set(path, 'open');
    for (const target of runtimeTargets(known.get(path))) if (known.has(target)) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const { path } of files) visit(path, []);
  return found;
}

function runtimeTargets(file: SourceFile | undefined): string[] {
  if (!file) return [];
  const folder = file.path.split('/').slice(0, -1);
  const runtime = [...file.text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '(\.[^']+)\.js';/gm)].map(
    (match) => match[1] ?? '',
  );
  return runtime.map((specifier) => {
    const parts = [...folder];
    for (const part of specifier.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '.') parts.push(part);
    }
    return `${parts.join('/')}.ts`;
  });
}
