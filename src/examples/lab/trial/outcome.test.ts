import { describe, expect, it } from 'vitest';
import { outcomesOf, type Place, type Trial } from './outcome.ts';
import { Trials } from './routes.ts';

const LAX = 'lab=1; Path=/; SameSite=Lax';
const EVERYWHERE: Place[] = ['top', 'frame', 'set-in-frame', 'link', 'cross-frame', 'set-in-cross-frame'];
const HERE = EVERYWHERE.slice(0, 4);

function outcomes(line: string, seen: [Place, string[]][], before = '') {
  const trial: Trial = { line, before, origin: 'http://localhost:3000', seen: new Map(seen) };
  return outcomesOf(trial, { engine: undefined, now: Date.UTC(2026, 10, 24) });
}

function at(places: Place[], pairs: string[]): [Place, string[]][] {
  return places.map((place) => [place, pairs]);
}

describe('the outcome of a trial', () => {
  it('agrees if the expected cookies came', () => {
    const seen = [...at(HERE, ['lab=1']), ...at(['cross-frame', 'set-in-cross-frame'], [])];
    expect(outcomes(LAX, seen).map(({ agrees }) => agrees)).toEqual(Array(6).fill(true));
    expect(outcomes(LAX, seen).map(({ place }) => place)).toEqual(EVERYWHERE);
  });

  it('does not agree if more cookies came, or fewer, or another value', () => {
    const [more, less, other] = outcomes(LAX, [
      ['top', ['lab=1', 'lab=0']],
      ['frame', []],
      ['set-in-frame', ['lab=']],
    ]);
    expect([more, less, other].map((one) => one?.agrees)).toEqual([false, false, false]);
  });

  it('does not agree if no request came, even if no cookie was expected', () => {
    const last = outcomes(LAX, []).at(-1);
    expect(last).toMatchObject({ expected: [], seen: undefined, agrees: false });
  });

  it('expects the earlier cookie if the line leaves it alone, in any order', () => {
    const [top] = outcomes(LAX, [['top', ['lab=1', 'lab=0']]], 'lab=0; Path=/lab; SameSite=Lax');
    expect(top).toMatchObject({ expected: ['lab=0', 'lab=1'], agrees: true });
  });

  it('expects no Strict cookie with a link from another site', () => {
    const link = outcomes('lab=1; Path=/; SameSite=Strict', []).find(({ place }) => place === 'link');
    expect(link?.expected).toEqual([]);
  });
});

const TRIED = { line: LAX, before: '', origin: 'http://localhost:3000' };

it('keeps a trial for a minute, under an id of its own', () => {
  let now = 1000;
  const trials = new Trials(() => now);
  const [one, other] = [trials.begin(TRIED), trials.begin(TRIED)];
  expect(one).toMatch(/^[\w-]{22}$/);
  expect(other).not.toBe(one);

  trials.get(one)?.seen.set('top', ['lab=1']);
  now += 59_999;
  expect(trials.get(one)?.seen.get('top')).toEqual(['lab=1']);
  expect(trials.get(other)?.seen.size).toBe(0);
  now += 2;
  expect(trials.get(one)).toBeUndefined();
});

it('forgets the oldest of more than a hundred', () => {
  const trials = new Trials(() => 1);
  const ids = Array.from({ length: 101 }, () => trials.begin(TRIED));
  expect(ids.filter((id) => trials.get(id) === undefined)).toEqual(ids.slice(0, 1));
});
