import { describe, expect, it } from 'vitest';
import { readArguments, USAGE } from './arguments.ts';

describe('npm run bench', () => {
  it('measures all sections without arguments', () => {
    expect(readArguments([])).toMatchObject({
      short: false,
      check: false,
      sections: ['requests', 'redis', 'stores', 'latency'],
    });
  });

  it('measures only the sections that are named', () => {
    expect(readArguments(['redis', 'latency', '--check'])).toMatchObject({
      check: true,
      sections: ['redis', 'latency'],
    });
  });

  it('measures only requests in its short form', () => {
    expect(readArguments(['--short', '--check'])).toMatchObject({
      short: true,
      check: true,
      sections: ['requests'],
    });
  });

  it('profiles a candidate with a kind of request', () => {
    expect(readArguments(['--profile', 'ours, store', 'read']).profile).toEqual({
      name: 'ours, store',
      kind: 'read',
    });
  });

  it.each([
    [['request'], "unknown section 'request'. Use one of: requests; redis; stores; latency"],
    [['--short', 'redis'], '--short measures only requests. Leave out --short, or redis'],
    [['--profile', 'koa', 'read'], /unknown candidate 'koa'. Use one of: bare Koa; koa-session, store; /],
    [['--profile', 'bare Koa'], "unknown kind of request ''. Use one of: none; read; write; new"],
    [['--profile', 'bare Koa', 'read', 'new'], "unknown kind of request 'read new'. Use one of: none"],
    [['--fast'], /Unknown option '--fast'/],
  ])('reports what is wrong with %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });

  it('names all sections and candidates in its help', () => {
    for (const name of ['stores', '--short', 'ours, signed cookie', 'write']) {
      expect(USAGE).toContain(name);
    }
  });
});
