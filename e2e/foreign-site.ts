import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { html } from '../src/views/html.ts';
import { close } from './app-server.ts';

/** Somebody else's web server, with a page that sends a form to wherever it likes. */
export interface ForeignSite {
  /**
   * Address of a page with one button that posts `fields` to `action`.
   *
   * @param host '127.0.0.1' is another site than the app's localhost. 'localhost' is the same site on another port,
   *   which no SameSite attribute keeps out
   */
  formPage(host: '127.0.0.1' | 'localhost', action: string, fields?: Record<string, string>): string;
  close(): Promise<void>;
}

export async function startForeignSite(): Promise<ForeignSite> {
  const server = createServer((req, res) => {
    const { searchParams } = new URL(req.url ?? '/', 'http://foreign.invalid');
    const action = searchParams.get('action') ?? '';
    searchParams.delete('action');
    const fields = Array.from(
      searchParams,
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
    );
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end(
      html`<!doctype html>
        <title>You have won</title>
        <form method="post" action="${action}">${fields}<button>Collect</button></form>`.toString(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    formPage: (host, action, fields = {}) =>
      `http://${host}:${port}/?${String(new URLSearchParams({ ...fields, action }))}`,
    close: () => close(server),
  };
}
