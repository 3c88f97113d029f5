import { describe, expect, it } from 'vitest';
import { nodeProblem } from './node-version.js';

describe('nodeProblem', () => {
  it.each(['v14.21.3', 'v18.20.0', 'v20.18.3'])(
    'turns %s away, naming what is needed and what is there',
    (running) => {
      const problem = nodeProblem(running, '>=20.19');
      expect(problem).toContain('>=20.19');
      expect(problem).toContain(running);
      expect(problem).not.toContain('\n');
    },
  );

  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v26.1.0-nightly'])('accepts %s', (running) => {
    expect(nodeProblem(running, '>=20.19')).toBeUndefined();
  });

  it('reads a range without a minor version', () => {
    expect(nodeProblem('v22.0.0', '>=22')).toBeUndefined();
    expect(nodeProblem('v21.9.0', '>= 22')).toContain('v21.9.0');
  });

  it('refuses a range that it does not understand', () => {
    expect(() => nodeProblem('v22.0.0', '^20 || ^22')).toThrow("'^20 || ^22'");
  });
});
