import { expect, it } from 'vitest';
import { profileTable, sharesOf } from './profile.ts';

const node = (id: number, functionName: string, lineNumber = 0) => ({
  id,
  callFrame: { functionName, lineNumber, columnNumber: 0, scriptId: '1', url: 'file:///app.js' },
});

const SEEN = {
  nodes: [node(1, '(idle)'), node(2, 'seal', 4), node(3, ''), node(4, 'seal', 4)],
  samples: [1, 2, 3, 4, 1],
  timeDeltas: [1000, 20, 10, 10, 5000],
  startTime: 0,
  endTime: 6040,
};

const shares = sharesOf(SEEN, ({ url, lineNumber }) => `${url}:${lineNumber}`);

it('adds up what a function takes wherever it is called, and leaves idle time out', () => {
  expect(shares).toEqual([
    { name: 'seal', place: 'file:///app.js:4', share: 0.75 },
    { name: '(anonymous)', place: 'file:///app.js:0', share: 0.25 },
  ]);
});

it('is shown in percent', () => {
  expect(profileTable(shares)).toContain('| 75.0 %      | seal        | file:///app.js:4 |');
});
