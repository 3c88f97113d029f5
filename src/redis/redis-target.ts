/** Where Redis is, according to REDIS_URL. */
export interface RedisTarget {
  kind: 'server' | 'cluster' | 'sentinel';
  /** The servers. Some nodes of a cluster, or some of the sentinels, are enough: they name the others. */
  nodes: { host: string; port: number }[];
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
  /** Number of the database; 0 with a cluster or with sentinels. */
  database: number;
  /** The name by which the sentinels know the master. */
  master: string | undefined;
  /** The URL for logs and errors, without user and password. */
  shown: string;
}

const FORMS =
  'write redis://[user:password@]host[:6379][/database], redis+cluster://[…@]host:port,host:port or ' +
  'redis+sentinel://[…@]host:26379,host:26379/master; with rediss for TLS';

// `URL` accepts neither a list of hosts nor a password with a slash.
const URL_FORM =
  /^redis(?<tls>s?)(?:\+(?<kind>cluster|sentinel))?:\/\/(?:(?<credentials>.*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^/?#]*))?$/i;

// A host name or an IPv4 address, or an IPv6 address in brackets; then the port.
const HOST_FORM = /^(?:(?<name>[\w.-]+)|\[(?<ipv6>[\da-fA-F:.]+)\])(?::(?<port>\d{1,5}))?$/;

/** REDIS_URL cannot be used. The message ends a sentence that begins with the value, and never contains a password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
}

/** @throws {RedisUrlError} */
export function parseRedisUrl(url: string): RedisTarget {
  const parts = URL_FORM.exec(url)?.groups;
  if (!parts) throw new RedisUrlError(FORMS);
  const kind = (parts['kind']?.toLowerCase() ?? 'server') as RedisTarget['kind'];
  const defaultPort = kind === 'sentinel' ? 26_379 : 6379;
  const nodes = (parts['hosts'] ?? '').split(',').map((text) => parseNode(text, defaultPort));
  const path = decode(parts['path'] ?? '');
  const problem = problemOf(kind, nodes.length, path);
  if (problem !== undefined) throw new RedisUrlError(problem);
  const [username = '', ...password] = (parts['credentials'] ?? '').split(':');
  return {
    kind,
    nodes,
    tls: parts['tls'] !== '',
    username: decode(username) || undefined,
    password: decode(password.join(':')) || undefined,
    database: kind === 'server' ? Number(path) : 0,
    master: kind === 'sentinel' ? path : undefined,
    shown: url.replace(/^([a-z+]*:\/\/).*@/is, '$1***@'),
  };
}

function problemOf(kind: RedisTarget['kind'], hosts: number, path: string): string | undefined {
  if (kind === 'sentinel' && path === '')
    return 'add the name of the master, as the sentinels know it: redis+sentinel://…/mymaster';
  if (kind === 'cluster' && path !== '') return `a cluster has only database 0: leave out /${path}`;
  if (kind !== 'server') return undefined;
  if (hosts > 1) return 'it names several hosts. Say what they are: redis+cluster://… or redis+sentinel://…';
  return /^\d{0,4}$/.test(path) ? undefined : `its database is '${path}': give a number, or leave it out`;
}

/** The part of an unreadable URL that can be shown: its password may be anywhere after this. */
export function schemeOf(url: string): string {
  return `${/^[a-z+]*:\/\//i.exec(url)?.[0] ?? ''}…`;
}

function parseNode(text: string, defaultPort: number): RedisTarget['nodes'][0] {
  const { name, ipv6, port = defaultPort } = HOST_FORM.exec(text)?.groups ?? {};
  const host = name ?? ipv6;
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    // The text is not shown: in a URL whose @ is missing, it contains the password.
    throw new RedisUrlError(`a host or its port (1 to 65535) cannot be read; ${FORMS}`);
  }
  return { host, port: Number(port) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError('it has a % that is not followed by two hexadecimal digits: write %25 for a %');
  }
}
