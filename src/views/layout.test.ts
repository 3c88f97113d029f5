import { describe, expect, it } from 'vitest';
import { errorPage } from './error-page.ts';
import { html } from './html.ts';
import { layout, type PageModel } from './layout.ts';

const PAGE: PageModel = {
  title: 'Page views',
  path: '/cookie/views',
  example: 'views',
  storage: 'cookie',
  storages: ['memory', 'cookie'],
  examples: [
    { name: 'views', title: 'Page views' },
    { name: 'login', title: 'Login' },
  ],
  main: html`<h1>Page views</h1>`,
};

function linksOf(page: string): string[] {
  return Array.from(page.matchAll(/<a href="([^"]*)"\s+(aria-current="\w+")?\s*>/g), ([, href, current]) =>
    [href, current].filter(Boolean).join(' '),
  );
}

describe('layout', () => {
  it('links the examples on this storage and this page on the other storages', () => {
    expect(linksOf(layout(PAGE))).toEqual([
      '/cookie/views aria-current="page"',
      '/cookie/login',
      '/memory/views',
      '/cookie/views aria-current="true"',
    ]);
  });

  it('keeps the sub-page when the storage is switched', () => {
    expect(linksOf(layout({ ...PAGE, path: '/cookie/login/account' }))).toContain('/memory/login/account');
  });

  it('has no switch where there is nothing to switch', () => {
    const { storage: _none, example: _neither, ...home } = PAGE;
    expect(linksOf(layout({ ...home, path: '/' }))).toEqual(['/memory/views', '/memory/login']);
    expect(layout({ ...PAGE, storages: ['cookie'] })).not.toContain('class="switch"');
  });

  it('shows who is logged in, as text', () => {
    expect(layout({ ...PAGE, user: { name: '<ada>', href: '/cookie/account' } })).toContain(
      '<a href="/cookie/account">&lt;ada&gt;</a>',
    );
    expect(layout(PAGE)).not.toContain('Logged in as');
  });

  it('puts the inspector beside the page, if there is one', () => {
    expect(layout({ ...PAGE, inspector: html`<h2 id="inspector-title">Inspector</h2>` })).toContain('<aside');
    expect(layout(PAGE)).not.toContain('<aside');
  });

  it('holds no inline script or style, which the content security policy would refuse', () => {
    expect(layout(PAGE)).not.toMatch(/<script(?! src)|<style| style=| on[a-z]+=/);
  });
});

describe('errorPage', () => {
  const ERROR = { status: 404, title: 'Not Found', message: 'Nothing at <this> address.', requestId: 'r-1' };

  it('says what happened and which entry of the log it is', () => {
    const page = errorPage(ERROR);
    expect(page).toContain('<title>404 Not Found · Koa sessions</title>');
    expect(page).toContain('Nothing at &lt;this&gt; address.');
    expect(page).toContain('<code>r-1</code>');
  });

  it('shows a stack and a request id only if there are any', () => {
    expect(errorPage({ ...ERROR, detail: 'at <anonymous>' })).toContain('at &lt;anonymous&gt;');
    expect(errorPage({ ...ERROR, requestId: '' })).not.toMatch(/in the server's log|outside production/);
  });
});
