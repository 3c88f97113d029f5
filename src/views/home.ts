import { codeBlock } from './code-block.ts';
import { html, type Html } from './html.ts';
import { STORAGE_LABELS, type StorageName } from './layout.ts';

export interface HomeModel {
  storages: readonly StorageName[];
  examples: readonly { name: string; title: string; summary: string }[];
  /** What `SESSION_STORE` says. */
  defaultStorage: StorageName;
  /** Where the app is reached, e.g. 'http://localhost:3000'. */
  origin: string;
}

/** The start page's `<main>`. */
export function homePage({ storages, examples, defaultStorage, origin }: HomeModel): Html {
  const [first] = examples;
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
    <div class="halves">
      ${first && curl(`${origin}/${defaultStorage}/${first.name}`)}
      <section>
        <h2>Read on</h2>
        <dl class="facts">
          <div>
            <dt><code>README.md</code></dt>
            <dd>The two commands, the settings, how to lift the sessions into your app.</dd>
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

function card(
  { name, title, summary }: HomeModel['examples'][number],
  storages: HomeModel['storages'],
): Html {
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
