import { describe, expect, it } from 'vitest';
import { parseRedisUrl, RedisUrlError, schemeOf } from './redis-target.ts';

describe('a URL of Redis', () => {
  it.each([
    [
      'redis://localhost',
      { kind: 'server', nodes: [{ host: 'localhost', port: 6379 }], tls: false, database: 0 },
    ],
    [
      'rediss://cache.example:7000/3',
      { nodes: [{ host: 'cache.example', port: 7000 }], tls: true, database: 3 },
    ],
    ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://ann:se%40cret@h', { username: 'ann', password: 'se@cret', nodes: [{ host: 'h', port: 6379 }] }],
    ['redis://:a:b@h', { username: undefined, password: 'a:b' }],
    ['redis://:p@ss@h', { password: 'p@ss', nodes: [{ host: 'h', port: 6379 }] }],
    [
      'rediss+cluster://:pw@a:1,b:2,[fe80::1]:3',
      {
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'fe80::1', port: 3 },
        ],
      },
    ],
    [
      'redis+sentinel://a,b:26380/my%20master',
      {
        kind: 'sentinel',
        master: 'my master',
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
        ],
      },
    ],
  ])('%s is understood', (url, target) => {
    expect(parseRedisUrl(url)).toMatchObject(target);
  });

  it.each([
    ['', /give redis:\/\//],
    ['localhost:6379', /give redis:\/\//],
    ['http://localhost', /give redis:\/\//],
    ['redis://', /give redis:\/\//],
    ['redis://a,b', /names several hosts/],
    ['redis://a:0', /a host or its port \(1 to 65535\) cannot be read/],
    ['redis://a:65536', /cannot be read/],
    ['redis+cluster://a,,b', /cannot be read/],
    ['redis://a/sessions', /its database is 'sessions'/],
    ['redis+cluster://a/1', /leave out \/1/],
    ['redis+sentinel://a', /name of the master/],
    ['redis://:50%off@a', /write %25 for a %/],
  ])('%j is refused, and told why', (url, message) => {
    expect(() => parseRedisUrl(url)).toThrow(RedisUrlError);
    expect(() => parseRedisUrl(url)).toThrow(message);
  });

  it.each([
    ['redis://ann:secret@host:1/2', 'redis://***@host:1/2'],
    ['redis://:sec@ret@host', 'redis://***@host'],
    ['REDIS+sentinel://:secret@a,b/m', 'REDIS+sentinel://***@a,b/m'],
    ['redis://host', 'redis://host'],
  ])('%j is shown as %s', (url, shown) => {
    expect(parseRedisUrl(url).shown).toBe(shown);
  });

  it.each(['redis://ann:secret127.0.0.1:1', 'redis://:secret%40host', 'ann:secret@host', 'secret'])(
    '%j is refused without a part of it, but for its scheme',
    (url) => {
      expect(() => parseRedisUrl(url)).toThrow(/^(?![^]*secret)/);
      expect(schemeOf(url)).toBe(url.startsWith('redis') ? 'redis://…' : '…');
    },
  );
});
