import { isIPv6 } from 'node:net';

/**
 * The part of an address that tells clients apart: an IPv4 address whole, of an IPv6 address the first 64 bits. Whoever
 * has one IPv6 address has the 2^64 of its subnet too (RFC 4291 §2.5.1), and would otherwise never run out of fresh ones.
 */
export function clientNetwork(ip: string): string {
  const [address = ''] = ip.split('%');
  if (!isIPv6(address)) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;

  // The URL parser writes every address one way: lower case, no leading zeros, `::` for the longest run of zeros.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
