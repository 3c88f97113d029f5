import type Router from '@koa/router';
import type { Context } from 'koa';
import { formField } from '../../http/body.ts';
import { showPage } from '../../pages/page.ts';
import { html } from '../../views/html.ts';
import type { Example, Mounting } from '../example.ts';
import { type LabModel, labPage } from './lab-page.ts';
import { engineOf, ENGINES, predict, rulesLabel } from './prediction.ts';
import {
  addressProblem,
  originOf,
  otherSite,
  type Question,
  questionOf,
  queryText,
  requireExplainable,
  TRIAL_PATH,
} from './question.ts';
import { stationAddress } from './trial/journey.ts';
import { outcomesOf } from './trial/outcome.ts';
import { journeyOf, trialRoutes, Trials } from './trial/routes.ts';
import { trialProblem } from './trial/rules.ts';

/**
 * The cookie lab at `/lab`. It always explains, but tries cookies only outside production: a trial needs a second name of
 * the server, which a real site does not have, and must not disturb real sessions.
 */
export const lab: Example = {
  name: 'lab',
  title: 'Cookie lab',
  summary:
    'Compose a cookie or paste a Set-Cookie line, read what three engines will do with it, and try it in this browser.',
  source: [
    'src/examples/lab/route.ts',
    'src/examples/lab/prediction.ts',
    'src/examples/lab/trial/journey.ts',
    'src/examples/lab/trial/rules.ts',
    'src/set-cookie/index.ts',
    'e2e/examples/lab/lab-trial.spec.ts',
  ],
  test: 'e2e/examples/lab/lab.spec.ts',
  hasNoSession: true,
  head: html`<link rel="stylesheet" href="/examples/lab.css" />`,
  routes: labRoutes,
};

function labRoutes(router: Router, { services }: Mounting): void {
  const { production, now } = services;
  const trials = new Trials(now);
  router.use(async (ctx, next) => {
    // A trial recognizes its own pages by the Referer. The origin is enough, and the path of a question is long.
    ctx.set('Referrer-Policy', 'origin');
    await next();
  });

  router.get('/lab', (ctx) => {
    const question = questionOf(ctx);
    requireExplainable(question);
    show(ctx, question, addressProblem(question.url) === undefined ? 200 : 422, trialOf(ctx, question));
  });

  if (!production) {
    router.post('/lab/trials', (ctx) => {
      const question = {
        line: formField(ctx, 'line').trim(),
        before: formField(ctx, 'before').trim(),
        url: originOf(ctx) + TRIAL_PATH,
      };
      requireExplainable(question);
      if (notTried(ctx, question) !== undefined) return show(ctx, question, 422);
      const tried = { line: question.line, before: question.before, origin: originOf(ctx) };
      ctx.status = 303;
      ctx.redirect(stationAddress(journeyOf(trials.begin(tried), tried), 0));
    });
    trialRoutes(router, trials);
  }

  function show(ctx: Context, question: Question, status: number, trial?: LabModel['trial']): void {
    const urlProblem = addressProblem(question.url);
    const rules = urlProblem === undefined ? [undefined, ...ENGINES] : [];
    const arrival = { url: question.url, now: now() };
    const predictions = rules.map((engine) =>
      predict(question.line, question.before, { ...arrival, engine }),
    );
    const summaries = predictions.map(({ engine, verdict }) => ({ rules: rulesLabel(engine), ...verdict }));
    const problems = { urlProblem, notTried: notTried(ctx, question) };
    showPage(ctx, {
      title: lab.title,
      status,
      data: { ...question, ...problems, predictions: summaries },
      main: labPage({
        question,
        ...problems,
        predictions,
        trial,
        now: arrival.now,
        sources: services.local ? [...lab.source, lab.test] : [],
      }),
    });
  }

  /** Why a line cannot be tried here; undefined if it can. */
  function notTried(ctx: Context, { line, before }: Question): string | undefined {
    if (production) return 'The lab tries cookies only outside production.';
    if (otherSite(originOf(ctx)) === undefined) {
      return `A trial needs a second name of this machine: open the lab as localhost or 127.0.0.1, not as ${ctx.host}.`;
    }
    return trialProblem(line, before, { url: originOf(ctx) + TRIAL_PATH, now: now() });
  }

  /** The result of the trial in the address, if it was about this line. */
  function trialOf(ctx: Context, { line, before }: Question): LabModel['trial'] {
    const id = queryText(ctx, 'trial');
    if (production || id === '') return undefined;
    const trial = trials.get(id);
    if (trial === undefined) return 'over';
    if (trial.line !== line || trial.before !== before) return undefined;
    const engine = engineOf(ctx.get('User-Agent'));
    return { engine, outcomes: outcomesOf(trial, { engine, now: now() }) };
  }
}
