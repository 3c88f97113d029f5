import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Router from '@koa/router';
import type Koa from 'koa';
import { codeBlock } from '../views/code-block.ts';
import { html } from '../views/html.ts';
import type { StorageName } from '../storages.ts';
import { layout } from '../views/layout.ts';
import type { Example } from './example.ts';
import { lab } from './lab/about.ts';
import { EXAMPLES_HEAD, navigation } from './navigation.ts';

interface SourceOptions {
  /** The repository's folder. */
  root: string;
  examples: readonly Example[];
  storages: readonly StorageName[];
}

/** `/source/<path>` shows the files that the inspector and the lab link to, and no others. */
export function sourcePages(app: Koa, { root, examples, storages }: SourceOptions): void {
  const readable = new Set([...examples, lab].flatMap(({ source, test }) => [...source, test]));
  const router = new Router();

  router.get('/source/*path', async (ctx, next) => {
    const path = ctx.path.slice('/source/'.length);
    if (!readable.has(path)) return next();
    const text = await readFile(join(root, path), 'utf8');
    ctx.type = 'html';
    ctx.body = layout({
      title: path,
      head: EXAMPLES_HEAD,
      navigation: navigation({ path: ctx.path, storages, examples }),
      main: html`<h1><code>${path}</code></h1>
        ${codeBlock(text, path)}`,
    });
  });
  app.use(router.routes());
}
