import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import type Koa from 'koa';
import { setFrame, showPage } from '../pages/page.ts';
import type { Storage } from '../storages/storage.ts';
import { codeBlock } from '../views/elements.ts';
import { html, type Html } from '../views/html.ts';
import { fact } from './elements.ts';
import type { Example } from './example.ts';
import { frameOf, OVERVIEW, type Surroundings } from './frame.ts';

/** The folder of the app. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The overview of the examples and, if others cannot reach the app, their source. */
export function examplePages(app: Koa, surroundings: Surroundings): void {
  const { examples, services } = surroundings;
  const router = new Router();
  router.use(async (ctx, next) => {
    setFrame(ctx, frameOf(surroundings, {}));
    await next();
  });

  router.get(OVERVIEW, (ctx) => {
    showPage(ctx, {
      title: 'Examples',
      data: { examples: examples.map(({ name, title, summary }) => ({ name, title, summary })) },
      main: overview(surroundings, `${ctx.protocol}://${ctx.host}`),
    });
  });

  // The files that the pages link to, and no others.
  const readable = new Set(examples.flatMap(({ source, test }) => [...source, test]));
  router.get('/source/*path', async (ctx, next) => {
    const path = ctx.path.slice('/source/'.length);
    if (!services.local || !readable.has(path)) return next();
    const text = await readFile(join(ROOT, path), 'utf8');
    showPage(ctx, {
      title: path,
      data: { path, text },
      main: html`<h1><code>${path}</code></h1>
        ${codeBlock(text, path)}`,
    });
  });
  app.use(router.routes());
}

/** @param origin where the app is reached, e.g. 'http://localhost:3000' */
function overview({ storages, examples }: Surroundings, origin: string): Html {
  const first = examples.find(({ hasNoSession }) => !hasNoSession);
  const last = examples.at(-1);
  return html`<h1>Sessions, with nothing hidden</h1>
    <p class="lead">
      The session middleware of this app works like koa-session, and is one folder that you can copy. Every
      example shows its session, the cookie that was sent and why, with its code and its test.
    </p>
    <ul class="cards">
      ${examples.map((example) => card(example, storages))}
    </ul>
    <div class="halves">
      ${first && curl(`${origin}/${storages[0].name}/${first.name}`)}
      <section>
        <h2>Read on</h2>
        <dl class="facts">
          ${fact(html`<code>README.md</code>`, 'The commands, the settings, and what to know before production.')}
          ${fact(html`<code>src/session/README.md</code>`, 'Options, methods and events, and how to write a store.')}
          ${fact(
            html`<code>src/examples/</code>`,
            html`One folder for each example. <code>npm run remove -- ${last?.name}</code> removes one with
              its tests.`,
          )}
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
    <p>Every example also answers with JSON. Run this twice: the second request sends the cookie.</p>
    ${codeBlock(command, 'Command to try')}
  </section>`;
}
