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

  it.each([
    [['request'], "unknown section 'request'. Use one of: requests; redis; stores; latency"],
    [['--short', 'redis'], '--short measures only requests. Leave out --short, or redis'],
    [['--fast'], /Unknown option '--fast'/],
  ])('reports what is wrong with %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });

  it('names all sections and flags in its help', () => {
    for (const name of ['requests', 'redis', 'stores', 'latency', '--short', '--check']) {
      expect(USAGE).toContain(name);
    }
  });
});
