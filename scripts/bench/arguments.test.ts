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

  it('measures only those that are named, in the order of the document', () => {
    expect(readArguments(['latency', 'redis', '--check'])).toMatchObject({
      check: true,
      sections: ['redis', 'latency'],
    });
  });

  it('measures nothing for the documents alone', () => {
    expect(readArguments(['documents']).sections).toEqual([]);
  });

  it('measures requests alone in its short form', () => {
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
    [['request'], "no section 'request'. Give one of: requests; redis; stores; latency; documents"],
    [['--short', 'redis'], '--short measures requests alone: leave it out, or redis'],
    [['--profile', 'koa', 'read'], /no candidate 'koa'. Give one of: bare Koa; koa-session, store; /],
    [['--profile', 'bare Koa'], "no kind of request ''. Give one of: none; read; write; new"],
    [['--profile', 'bare Koa', 'read', 'new'], "no kind of request 'read new'. Give one of: none"],
    [['--fast'], /Unknown option '--fast'/],
  ])('says of %j what is wrong', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });

  it('names all sections and candidates in its help', () => {
    for (const name of ['stores', 'documents', '--short', 'ours, signed cookie', 'write']) {
      expect(USAGE).toContain(name);
    }
  });
});
