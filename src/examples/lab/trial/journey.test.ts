import { describe, expect, it } from 'vitest';
import { framesOf, type Journey, stationAddress, stepOf } from './journey.ts';

const journey: Journey = {
  id: 'ID',
  own: 'http://localhost:3000',
  other: 'http://127.0.0.1:3000',
  end: 'http://localhost:3000/lab?trial=ID',
};

/** What the tab and the frames do, in order, in a browser that follows all redirects. */
function walk(): string[] {
  const done: string[] = [];

  /** Goes through a leg, and returns where it leads. */
  function follow(first: string, who: string): string | undefined {
    let address: string | undefined = first;
    while (address?.startsWith(`${journey.own}/lab/trial?`)) {
      const query: URLSearchParams = new URL(address).searchParams;
      const step = stepOf(journey, query.get('leg') ?? '', Number(query.get('step')));
      if (step === undefined) throw new Error(`no such step: ${address}`);
      done.push(`${who}: ${typeof step.action === 'string' ? step.action : `look ${step.action.look}`}`);
      address = step.next;
    }
    return address;
  }

  let address = follow(stationAddress(journey, 0), 'tab');
  while (address !== undefined && address !== journey.end) {
    const { origin, searchParams } = new URL(address);
    const station = framesOf(journey, Number(searchParams.get('number')));
    if (station === undefined) throw new Error(`no such page: ${address}`);
    for (const frame of station.frames) follow(frame, `frame on ${origin}`);
    address = follow(station.next, 'tab');
  }
  expect(address).toBe(journey.end);
  return done;
}

describe('the journey of a trial', () => {
  it('sets and checks at top level, in frames of the site and of another, and leaves nothing behind', () => {
    const own = 'frame on http://localhost:3000';
    const other = 'frame on http://127.0.0.1:3000';
    expect(walk()).toEqual([
      'tab: clear',
      'tab: set-before',
      'tab: set',
      'tab: look top',
      `${own}: look frame`,
      `${own}: clear`,
      `${own}: set-before`,
      `${own}: set`,
      `${own}: look set-in-frame`,
      `${other}: look cross-frame`,
      'tab: look link',
      'tab: clear',
      `${other}: clear`,
      `${other}: set-before`,
      `${other}: set`,
      `${other}: look set-in-cross-frame`,
      `${other}: clear`,
    ]);
  });

  it('has no other steps and pages', () => {
    for (const step of [4, -1, NaN]) expect(stepOf(journey, 'first', step)).toBeUndefined();
    expect(stepOf(journey, 'toString', 0)).toBeUndefined();
    for (const station of [0, 5]) expect(framesOf(journey, station)).toBeUndefined();
  });
});
