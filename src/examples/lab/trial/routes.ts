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

/** A Buffer: with a string, Node would encode the headers as UTF-8 a second time. */
const STEP_BODY = Buffer.from('<!doctype html><title>A step of the trial</title>');

const LIFE = 60_000;
/** A trial holds its lines and the cookies that came: about 100 kB at most. */
const MOST = 100;

/** The trials of the last minute. In memory, since they are short. */
export class Trials {
  readonly #trials: LRUCache<string, Trial>;

  /** @param now the clock, ms since 1970 */
  constructor(now: () => number) {
    this.#trials = new LRUCache({ max: MOST, ttl: LIFE, ttlResolution: 0, perf: { now } });
  }

  /** @returns its id, 128 random bits */
  begin(tried: Tried): string {
    const id = randomBytes(16).toString('base64url');
    this.#trials.set(id, { ...tried, seen: new Map() });
    return id;
  }

  /** undefined: there is no such trial, or its minute is over. */
  get(id: string): Trial | undefined {
    return this.#trials.get(id);
  }
}

/** The trial of a request, and its journey. */
interface UnderWay {
  trial: Trial;
  journey: Journey;
}

/** The routes of a trial: its pages with frames, and the steps that set the cookie and check for it. */
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

/** The journey of a trial. The server must have a second name. */
export function journeyOf(id: string, { origin, line, before }: Tried): Journey {
  const other = otherSite(origin);
  if (other === undefined) throw new TypeError(`journeyOf: ${origin} has no second name`);
  return { id, own: origin, other, end: `${origin}${labAddress({ line, before, trial: id })}` };
}

/**
 * Accepts only requests from pages of the lab, under either of its names. Otherwise somebody could begin a trial and
 * continue it in another person's browser. A cookie could not prove that, since frames on another site may get none.
 */
function underWay(ctx: Context, trials: Trials): UnderWay {
  const id = queryText(ctx, 'id');
  const trial = trials.get(id);
  if (trial === undefined) {
    throw createError(404, 'There is no such trial, or its minute is over. Begin a new one in the lab.');
  }
  const journey = journeyOf(id, trial);
  const sites = [journey.own, journey.other];
  const referrer = ctx.get('Referer');
  if (!URL.canParse(referrer) || !sites.includes(new URL(referrer).origin)) {
    throw createError(
      403,
      'The trial was stopped: its Referer header does not name the lab. Begin a new one in the lab, and let the browser send that header.',
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

/** Node sends each character of a header as one byte, and browsers read UTF-8. */
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

/** A page on the way of a trial. Its script does everything. */
function stationPage({ frames, next }: Frames): Html {
  return html`<h1>Trying the cookie</h1>
    <p class="lead" role="status">
      This page checks in frames whether the browser sends the cookie, and then continues automatically.
    </p>
    <ul data-next="${next}" hidden>
      ${frames.map((frame) => html`<li data-frame="${frame}"></li>`)}
    </ul>
    <noscript><p>Continuing needs JavaScript, which is off in this browser.</p></noscript>
    <script src="/examples/lab.js" defer></script>`;
}

interface Framing {
  /** The origin that this page may load in frames. */
  loads?: string;
  /** The origins that may load this page in a frame. */
  within?: readonly string[];
}

/** Relaxes the content security policy of the app, for this response only. */
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
    // This header cannot name origins, so it would forbid these frames.
    ctx.remove('X-Frame-Options');
  }
  ctx.set('Content-Security-Policy', [...directives.values()].join(';'));
}
