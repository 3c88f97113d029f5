import { describe, expect, it } from 'vitest';
import { framesOf, type Journey, stationAddress, stepOf } from './journey.ts';

const journey: Journey = {
  id: 'ID',
  own: 'http://localhost:3000',
  other: 'http://127.0.0.1:3000',
  end: 'http://localhost:3000/lab?trial=ID',
};

/** What the tab and the frames do, in order, as one who follows all redirects sees it. */
function walk(): string[] {
  const done: string[] = [];
  let address = stationAddress(journey, 0);
  while (address !== journey.end) address = visit(address, 'tab', done) ?? 'nowhere';
  return done;
}

function visit(address: string, who: string, done: string[]): string | undefined {
  const { origin, pathname, searchParams } = new URL(address);
  if (pathname === '/lab/station') {
    const { frames, next } = framesOf(journey, Number(searchParams.get('number'))) ?? {
      frames: [],
      next: '',
    };
    for (const frame of frames) follow(frame, `frame on ${origin}`, done);
    return next;
  }
  return follow(address, who, done);
}

function follow(first: string, who: string, done: string[]): string | undefined {
  let address: string | undefined = first;
  while (address !== undefined && new URL(address).pathname === '/lab/trial') {
    const { origin, searchParams } = new URL(address);
    const step = stepOf(journey, searchParams.get('leg') ?? '', Number(searchParams.get('step')));
    if (step === undefined) throw new Error(`no such step: ${address}`);
    expect(origin).toBe(journey.own);
    done.push(`${who}: ${typeof step.action === 'string' ? step.action : `look ${step.action.look}`}`);
    address = step.next;
  }
  return address;
}

describe('the journey of a trial', () => {
  it('sets and looks at top level, in frames of the site and of another, and leaves nothing behind', () => {
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

  it('has no steps and pages but those', () => {
    expect(stepOf(journey, 'toString', 0)).toBeUndefined();
    expect(stepOf(journey, 'first', 4)).toBeUndefined();
    expect(stepOf(journey, 'first', -1)).toBeUndefined();
    expect(stepOf(journey, 'first', Number.NaN)).toBeUndefined();
    expect(framesOf(journey, 0)).toBeUndefined();
    expect(framesOf(journey, 5)).toBeUndefined();
  });
});
