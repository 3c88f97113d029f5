import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type Router from '@koa/router';
import createError from 'http-errors';
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import { showPage } from '../../../pages/page.ts';
import { parseSetCookie } from '../../../set-cookie/index.ts';
import { html, type Html } from '../../../views/html.ts';
import { labAddress, otherSite, queryText, TRIAL_PATH } from '../question.ts';
import { type Action, type Frames, framesOf, type Journey, STATION_PATH, stepOf } from './journey.ts';
import type { Trial, Tried } from './outcome.ts';
import { labCookies, labNames, removals } from './rules.ts';

/** A Buffer, because together with a string Node would encode the headers as UTF-8, which they are already. */
const STEP_BODY = Buffer.from('<!doctype html><title>A step of the trial</title>');

const LIFE = 60_000;
/** Each holds what was sent and a handful of what came back: some 100 kB at worst. */
const MOST = 100;

/** The trials that are under way, for a minute each. In memory: a trial is over before anybody would miss it. */
export class Trials {
  readonly #trials: LRUCache<string, Trial>;

  /** @param now the clock, ms since 1970 */
  constructor(now: () => number) {
    this.#trials = new LRUCache({ max: MOST, ttl: LIFE, ttlResolution: 0, perf: { now } });
  }

  /** @returns its id: 128 bits that nobody can guess */
  begin(tried: Tried): string {
    const id = randomBytes(16).toString('base64url');
    this.#trials.set(id, { ...tried, seen: new Map() });
    return id;
  }

  /** undefined: there was none, or its minute is over. */
  get(id: string): Trial | undefined {
    return this.#trials.get(id);
  }
}

/** The requests of a trial that the server lets through, and what they are about. */
interface UnderWay {
  trial: Trial;
  journey: Journey;
}

/** The journey of a trial that has begun: its pages with frames, and the steps that set the cookie and look for it. */
export function trialRoutes(router: Router, trials: Trials): void {
  router.get(TRIAL_PATH, (ctx) => {
    const { trial, journey } = underWay(ctx, trials);
    const step = stepOf(journey, queryText(ctx, 'leg'), Number(queryText(ctx, 'step')));
    if (step === undefined) throw createError(404, 'A trial has no such step.');
    allowFrames(ctx, { within: [journey.own, journey.other] });
    ctx.set('Cache-Control', 'no-store');
    act(ctx, trial, step.action);
    if (step.next !== undefined) {
      ctx.status = 303;
      ctx.redirect(step.next);
    }
    ctx.type = 'html';
    ctx.body = STEP_BODY;
  });

  router.get(STATION_PATH, (ctx) => {
    const { journey } = underWay(ctx, trials);
    const frames = framesOf(journey, Number(queryText(ctx, 'number')));
    if (frames === undefined) throw createError(404, 'A trial has no such page.');
    allowFrames(ctx, { loads: journey.own });
    ctx.set('Cache-Control', 'no-store');
    showPage(ctx, { title: 'Trying a cookie', main: stationPage(frames), data: {} });
  });
}

/** The way of a trial. It is only begun where this server has a second name. */
export function journeyOf(id: string, { origin, line, before }: Tried): Journey {
  const other = otherSite(origin);
  if (other === undefined) throw new TypeError(`journeyOf: ${origin} has no second name`);
  return { id, own: origin, other, end: `${origin}${labAddress({ line, before, trial: id })}` };
}

/**
 * Only the pages of the lab itself lead on, whichever of its two names they are on. Else somebody could begin a trial and
 * have it go on in the browser of somebody else. Cookies cannot tell: in frames of another site there are none.
 */
function underWay(ctx: Context, trials: Trials): UnderWay {
  const id = queryText(ctx, 'id');
  const trial = trials.get(id);
  if (trial === undefined) {
    throw createError(404, 'There is no such trial: it is kept for a minute. Begin a new one in the lab.');
  }
  const journey = journeyOf(id, trial);
  const sites = [journey.own, journey.other];
  const referrer = ctx.get('Referer');
  if (!URL.canParse(referrer) || !sites.includes(new URL(referrer).origin)) {
    throw createError(
      403,
      'A trial goes on from the pages of the lab alone, and the browser does not say that it comes from there. Begin it in the lab, with the Referer header switched on.',
    );
  }
  return { trial, journey };
}

function act(ctx: Context, trial: Trial, action: Action): void {
  if (typeof action === 'object') trial.seen.set(action.look, cookiesOf(ctx, trial));
  else if (action === 'set') send(ctx, [trial.line]);
  else if (action === 'clear') send(ctx, leftoversOf(ctx, trial));
  else if (trial.before !== '') send(ctx, [trial.before]);
}

/** Node takes headers as one character a byte, and browsers read them as UTF-8. */
function send(ctx: Context, lines: string[]): void {
  ctx.set(
    'Set-Cookie',
    lines.map((line) => Buffer.from(line).toString('latin1')),
  );
}

function cookiesOf(ctx: Context, trial: Trial): string[] {
  const names = labNames([trial.before, trial.line]);
  return labCookies(ctx.get('Cookie')).filter((pair) => names.includes(parseSetCookie(pair).name));
}

function leftoversOf(ctx: Context, trial: Trial): string[] {
  const names = labNames([...labCookies(ctx.get('Cookie')), trial.before, trial.line]);
  return removals(names, ctx.hostname);
}

/** A stop on the way of a trial. Its script does all of it; nobody has to read it. */
function stationPage({ frames, next }: Frames): Html {
  return html`<h1>Trying the cookie</h1>
    <p class="lead" role="status">
      This page looks in frames whether the cookie comes, and goes on by itself in a moment.
    </p>
    <ul data-next="${next}" hidden>
      ${frames.map((frame) => html`<li data-frame="${frame}"></li>`)}
    </ul>
    <noscript><p>To go on takes JavaScript, which is off in this browser.</p></noscript>
    <script src="/examples/lab.js" defer></script>`;
}

interface Framing {
  /** Origin whose pages this page may have in frames. */
  loads?: string;
  /** Origins on whose pages this one may be in a frame. */
  within?: readonly string[];
}

/** The one exception that the content security policy of the app knows, for this response alone. */
function allowFrames(ctx: Context, { loads, within }: Framing): void {
  const directives = new Map(
    ctx.response
      .get('Content-Security-Policy')
      .split(';')
      .map((directive) => [directive.split(' ', 1)[0] ?? '', directive]),
  );
  if (loads !== undefined) directives.set('frame-src', `frame-src ${loads}`);
  if (within) {
    directives.set('frame-ancestors', `frame-ancestors ${within.join(' ')}`);
    // It cannot name origins, and says the same as before to browsers that know no frame-ancestors.
    ctx.remove('X-Frame-Options');
  }
  ctx.set('Content-Security-Policy', [...directives.values()].join(';'));
}
