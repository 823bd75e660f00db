const ways = ['single', 'batch', 'kafka'];
const wholeNumber = { what: 'a whole number above 0', isValid: (text) => /^\d+$/.test(text) && Number(text) > 0 };
const time = { what: 'a number above 0', isValid: (text) => /^\d+(?:\.\d+)?$/.test(text) && Number(text) > 0 };
const count = (name) => ({ name, ...wholeNumber });
const seconds = { name: 'seconds', ...time };
const listOf = (name, { what, isValid }) => ({
  name: `${name},…`,
  what: `${what}, or several with commas between them`,
  isValid: (text) => text.split(',').every(isValid),
});
const oneOfWays = { what: `one of ${ways.join(', ')}`, isValid: (text) => ways.includes(text) };

/** What may follow the name of each part, as the head of its file says. */
const taken = {
  start: [count('repetitions')],
  router: [count('repetitions'), seconds],
  relay: [count('repetitions'), count('rows'), seconds],
  releases: [count('repetitions'), seconds, listOf('clients', wholeNumber)],
  statements: [seconds, count('clients')],
  reads: [listOf('sizes', wholeNumber), seconds, count('requests per second'), count('repetitions')],
  intake: [count('repetitions'), count('events'), listOf('ways', oneOfWays)],
  scaling: [count('repetitions'), seconds, count('partitions')],
  kills: [count('kills of each'), count('applications')],
  soak: [{ name: 'minutes', ...time }, count('applications')],
};
const parts = Object.keys(taken);

/** Each part with the arguments that follow its name; all of them where none is named. Throws Error in one sentence. */
export function askedFor(args) {
  if (args.length === 0) return parts.map((part) => [part]);
  const groups = [];
  for (const arg of args) {
    const group = groups.at(-1);
    if (parts.includes(arg)) groups.push([arg]);
    else if (group === undefined) refuseName(arg);
    else group.push(accepted(arg, group));
  }
  return groups;
}

function accepted(arg, [part, ...before]) {
  const wanted = taken[part][before.length];
  if (wanted?.isValid(arg)) return arg;
  if (/^[a-z-]+$/i.test(arg) && !ways.includes(arg) && !wanted?.name.startsWith('ways')) refuseName(arg);
  const usage = [part, ...taken[part].map(({ name }) => `[${name}]`)].join(' ');
  if (!wanted) throw new Error(`${part} takes no ${arg} after ${before.join(' ')}: ${usage}`);
  throw new Error(
    `${part} takes ${wanted.what} as ${wanted.name.replace(',…', '')}, not ${arg === '' ? 'an empty one' : arg}: ${usage}`,
  );
}

function refuseName(name) {
  throw new Error(`there is no part ${name}; there are ${parts.join(', ')}, each with its numbers after it`);
}
