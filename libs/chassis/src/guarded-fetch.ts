import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { BlockList, isIP } from 'node:net';
import { Agent, fetch } from 'undici';
import type { RequestInit, Response } from 'undici';

/** Private, link-local and metadata ranges: RFC 1918, 3927, 4193, 4291, 6598, 6890. Mapped IPv4 is judged as IPv4. */
function closedRanges(): BlockList {
  const list = new BlockList();
  const v4: [string, number][] = [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 3],
  ];
  const v6: [string, number][] = [
    ['::', 127],
    ['64:ff9b::', 96],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
  ];
  for (const [net, prefix] of v4) list.addSubnet(net, prefix, 'ipv4');
  for (const [net, prefix] of v6) list.addSubnet(net, prefix, 'ipv6');
  return list;
}

const closed = closedRanges();

/** Whether an IP address lies in a range that only the operator may open. */
export function isPrivateAddress(address: string): boolean {
  return closed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

export class AddressRefusedError extends Error {
  constructor(host: string, address: string) {
    super(`${host} is at ${address}, a private address that the operator has not allowed`);
  }
}

/**
 * The one way to call addresses that users give us: checked when connecting, so that DNS cannot change in between;
 * no redirects.
 * @param allowPrivate the operator's leave to call private addresses (the embedded profile)
 */
export function guardedFetch(allowPrivate: boolean): (url: string, init?: RequestInit) => Promise<Response> {
  const isClosed = (address: string) => !allowPrivate && isPrivateAddress(address);
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = addresses?.find(({ address }) => isClosed(address));
      if (error) return callback(error, '', 0);
      if (refused) return callback(new AddressRefusedError(hostname, refused.address), '', 0);
      if (options.all) return callback(null, addresses);
      return callback(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
    });
  };
  const dispatcher = new Agent({
    connect: { lookup: guardedLookup, timeout: 5_000 },
    headersTimeout: 10_000,
    bodyTimeout: 30_000,
  });
  return (url, init) => {
    const { hostname } = new URL(url);
    const literal = hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && isClosed(literal)) return Promise.reject(new AddressRefusedError(hostname, literal));
    return fetch(url, { ...init, redirect: 'error', dispatcher }).catch((error: Error) => {
      throw error.cause instanceof AddressRefusedError ? error.cause : error;
    });
  };
}
