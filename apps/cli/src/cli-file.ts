export interface Context {
  key: string;
}

/** `.signalbox/cli.json` of the checkout: written by the first start, one context per principal. */
export interface CliFile {
  url: string;
  current: string;
  contexts: Record<string, Context>;
}

/** `localhost` and the loopback address are one. */
export function isSamePlace(one: string, other: string): boolean {
  const place = (text: string): string => {
    const { protocol, hostname, port } = new URL(text);
    return [protocol, /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) ? 'here' : hostname, port].join(' ');
  };
  return URL.canParse(one) && URL.canParse(other) && place(one) === place(other);
}
