import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Router from '@koa/router';
import type Koa from 'koa';
import { codeBlock } from '../views/elements.ts';
import { html } from '../views/html.ts';
import { setFrame, showPage } from '../pages/page.ts';
import { frameOf, type Surroundings } from './frame.ts';

/** The folder of the app. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `/source/<path>` shows the files that the pages link to, and no others. */
export function sourcePages(app: Koa, surroundings: Surroundings): void {
  const readable = new Set(surroundings.examples.flatMap(({ source, test }) => [...source, test]));
  const router = new Router();

  router.get('/source/*path', async (ctx, next) => {
    const path = ctx.path.slice('/source/'.length);
    if (!readable.has(path)) return next();
    const text = await readFile(join(ROOT, path), 'utf8');
    setFrame(ctx, frameOf(surroundings, {}));
    showPage(ctx, {
      title: path,
      data: { path, text },
      main: html`<h1><code>${path}</code></h1>
        ${codeBlock(text, path)}`,
    });
  });
  app.use(router.routes());
}
