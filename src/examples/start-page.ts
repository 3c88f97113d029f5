import Router from '@koa/router';
import type Koa from 'koa';
import type { StorageName } from '../storages.ts';
import { codeBlock } from '../views/code-block.ts';
import { html, type Html } from '../views/html.ts';
import { layout } from '../views/layout.ts';
import type { Example } from './example.ts';
import { lab } from './lab/about.ts';
import { EXAMPLES_HEAD, navigation, STORAGE_LABELS } from './navigation.ts';

interface StartOptions {
  /** The first is what `SESSION_STORE` says. */
  storages: readonly StorageName[];
  examples: readonly Example[];
}

/** The start page: an overview of the examples. */
export function startPage(app: Koa, { storages, examples }: StartOptions): void {
  const router = new Router();
  router.get('/', (ctx) => {
    ctx.type = 'html';
    ctx.body = layout({
      title: 'Start',
      head: EXAMPLES_HEAD,
      navigation: navigation({ path: '/', storages, examples }),
      main: overview({ storages, examples, origin: `${ctx.protocol}://${ctx.host}` }),
    });
  });
  app.use(router.routes());
}

interface Overview extends StartOptions {
  /** Where the app is reached, e.g. 'http://localhost:3000'. */
  origin: string;
}

function overview({ storages, examples, origin }: Overview): Html {
  const [first] = examples;
  const [defaultStorage = 'memory'] = storages;
  return html`<h1>Sessions, with nothing hidden</h1>
    <p class="lead">
      A Koa app whose session middleware behaves as koa-session does, and lives in one folder that you can
      copy. Every example shows its session, the cookie that was sent and why, beside the code and the test
      that prove it.
    </p>
    <h2>Examples</h2>
    <ul class="cards">
      ${examples.map((example) => card(example, storages))}
    </ul>
    <section aria-labelledby="lab">
      <h2 id="lab">${lab.title}</h2>
      <p>${lab.summary}</p>
      <p><a class="button secondary" href="/${lab.name}">Open the lab</a></p>
    </section>
    <div class="halves">
      ${first && curl(`${origin}/${defaultStorage}/${first.name}`)}
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
            <dd>One folder for each example. Delete what you do not need.</dd>
          </div>
          <div>
            <dt><code>SESSION_STORE=${defaultStorage}</code></dt>
            <dd>Where sessions of your own pages live, as set in <code>.env</code>.</dd>
          </div>
        </dl>
      </section>
    </div>`;
}

function card({ name, title, summary }: Example, storages: readonly StorageName[]): Html {
  return html`<li class="card">
    <h3>${title}</h3>
    <p>${summary}</p>
    <p class="card-links">
      ${storages.map(
        (storage) =>
          html`<a class="button secondary" href="/${storage}/${name}"
            >${STORAGE_LABELS[storage]}<span class="visually-hidden">: ${title}</span></a
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
