import { expect, it } from 'vitest';
import { phrasesIn } from './wording.ts';

it.each([
  'Whoever asks gets one.',
  'a session for who has none',
  '// Who comes with an old key keeps it.',
  'Who comes with an old key keeps it.',
  "throw new Error('Who asks gets one')",
  'The cookie is sent anew.',
  'What was written is laid over it.',
  'It goes on all the same.',
  'The app is told of it.',
  'It keeps such a one.',
  'The cookie is dropped without a word.',
  'the cookies of before',
  'It reads the cookies of before.',
  'when `client` is none',
  'It has but one key.',
  'while the store is away',
  'The page goes on by itself.',
  'It goes on all\nthe same.',
  ' * It is dropped without a\r\n * word.',
  '# The list is laid\n# over it.',
  "'It goes on all ' +\n  'the same.'",
])('finds the phrase in %j', (line) => {
  expect(phrasesIn('a.md', `Good.\n${line}`)).toEqual([expect.stringMatching(/^a\.md:2: ".+": write .+/)]);
});

it.each([
  'the user who is logged in',
  'Who is asked: an engine, or the RFC.',
  'Who reads this?',
  'there is none',
  'It is none of those.',
  'A store that is unavailable throws.',
  'all but the last',
  ' * Of these there\n * is none.',
  'Who reads\nthis?',
  '- all\n- the same, twice',
  'for (const key of before.keys()) the(key)',
])('passes over %j', (line) => {
  expect(phrasesIn('a.md', line)).toEqual([]);
});
