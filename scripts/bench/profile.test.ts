import { expect, it } from 'vitest';
import { profileTable } from './profile.ts';

const node = (id: number, functionName: string, hitCount: number, lineNumber = 0) => ({
  id,
  hitCount,
  callFrame: { functionName, lineNumber, columnNumber: 0, scriptId: '1', url: 'file:///built/app.js' },
});

it('adds up what a function takes wherever it is called, and leaves idle time out', () => {
  const nodes = [node(1, '(idle)', 500), node(2, 'seal', 2, 4), node(3, '', 1), node(4, 'seal', 1, 4)];
  expect(profileTable({ nodes, startTime: 0, endTime: 1 }).split('\n').slice(2)).toEqual([
    '| 75.0 %      | seal app.js:5        |',
    '| 25.0 %      | (anonymous) app.js:1 |',
  ]);
});
