import Router from '@koa/router';
import type Koa from 'koa';
import { setFrame, showPage } from '../pages/page.ts';
import type { Storage } from '../storages/storage.ts';
import { codeBlock } from '../views/elements.ts';
import { html, type Html } from '../views/html.ts';
import type { Example } from './example.ts';
import { frameOf, type Surroundings } from './frame.ts';
import { OVERVIEW } from './navigation.ts';

/** The overview of the examples. */
export function overviewPage(app: Koa, surroundings: Surroundings): void {
  const router = new Router();
  router.get(OVERVIEW, (ctx) => {
    setFrame(ctx, frameOf(surroundings, {}));
    showPage(ctx, {
      title: 'Examples',
      data: { examples: surroundings.examples.map(({ name, title, summary }) => ({ name, title, summary })) },
      main: overview(surroundings, `${ctx.protocol}://${ctx.host}`),
    });
  });
  app.use(router.routes());
}

/** @param origin where the app is reached, e.g. 'http://localhost:3000' */
function overview({ storages, examples }: Surroundings, origin: string): Html {
  const first = examples.find(({ hasNoSession }) => !hasNoSession);
  return html`<h1>Sessions, with nothing hidden</h1>
    <p class="lead">
      The session middleware of this app behaves as koa-session does, and is one folder that you can copy.
      Every example shows its session, the cookie that was sent and why, beside the code and the test that
      prove it.
    </p>
    <ul class="cards">
      ${examples.map((example) => card(example, storages))}
    </ul>
    <div class="halves">
      ${first && curl(`${origin}/${storages[0].name}/${first.name}`)}
      <section>
        <h2>Read on</h2>
        <dl class="facts">
          <div>
            <dt><code>README.md</code></dt>
            <dd>The commands, the settings, and what to know before production.</dd>
          </div>
          <div>
            <dt><code>src/session/README.md</code></dt>
            <dd>Options, methods, events, and what a store has to do.</dd>
          </div>
          <div>
            <dt><code>src/examples/</code></dt>
            <dd>
              One folder for each example. <code>npm run remove -- race</code> takes one out, with its tests.
            </dd>
          </div>
        </dl>
      </section>
    </div>`;
}

function card({ name, title, summary, hasNoSession }: Example, storages: readonly Storage[]): Html {
  const links = hasNoSession
    ? [{ label: 'Open', href: `/${name}` }]
    : storages.map((storage) => ({ label: storage.title, href: `/${storage.name}/${name}` }));
  return html`<li class="card">
    <h2>${title}</h2>
    <p>${summary}</p>
    <p class="card-links">
      ${links.map(
        ({ label, href }) =>
          html`<a class="button secondary" href="${href}"
            >${label}<span class="visually-hidden">: ${title}</span></a
          > `,
      )}
    </p>
  </li>`;
}

function curl(url: string): Html {
  const command = `curl -i -b jar -c jar \\\n  -H 'Accept: application/json' \\\n  ${url}`;
  return html`<section>
    <h2>From the command line</h2>
    <p>Every example also speaks JSON. Run this twice, and the second answer remembers the first:</p>
    ${codeBlock(command, 'Command to try')}
  </section>`;
}
