import { isIPv4, isIPv6 } from 'node:net';

/** All invalid addresses share this key and its limits. */
const UNKNOWN = 'unknown';

/**
 * The networks to rate-limit a client by, the widest first: its IPv4 address, or the /48, /56 and /64 of its IPv6 address.
 * A client with one IPv6 address controls its /64 (RFC 4291 section 2.5.1), and often a /56 or /48 (RFC 6177 section 2).
 *
 * @param ip `ctx.ip`; may carry a port or brackets, which some gateways put into `X-Forwarded-For`
 */
export function clientNetworks(ip: string): string[] {
  const address = withoutPort(ip);
  if (isIPv4(address)) return [address];
  if (!isIPv6(address)) return [UNKNOWN];
  const groups = groupsOf(address);
  const [a = 0, b = 0, c = 0, d = 0] = groups;
  if (embedsIPv4(groups))
    return [
      groups
        .slice(6)
        .flatMap((group) => [group >> 8, group & 0xff])
        .join('.'),
    ];
  return [
    `${hex([a, b, c])}::/48`,
    // A /56 ends in the middle of the fourth group.
    `${hex([a, b, c, d & 0xff00])}::/56`,
    `${hex([a, b, c, d])}::/64`,
  ];
}

/** `1.2.3.4:5678`, `[2001:db8::1]:443` and `fe80::1%eth0` without port, brackets and zone. */
function withoutPort(ip: string): string {
  const [, bracketed, port4] = /^"?(?:\[([^\]]*)\](?::\d+)?|(\d[\d.]*):\d+)"?$/.exec(ip.trim()) ?? [];
  const [address = ''] = (bracketed ?? port4 ?? ip.trim()).split('%');
  return address;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The URL parser writes every address one way: in hexadecimal, with `::` for the longest run of zeros.
  const [head = '', tail = ''] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [
    string[],
    string[],
  ];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

/** IPv4 in IPv6: mapped (RFC 4291 section 2.5.5.2), or through NAT64 (RFC 6052 section 2.1). */
function embedsIPv4(groups: number[]): boolean {
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  return prefix === '0:0:0:0:0:ffff' || prefix === '64:ff9b:0:0:0:0';
}

function hex(groups: number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}
