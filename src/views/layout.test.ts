import { describe, expect, it } from 'vitest';
import { errorPage } from './error-page.ts';
import { html } from './html.ts';
import { APP_NAME, layout, type PageModel } from './layout.ts';

const PAGE: PageModel = { title: 'Page views', main: html`<h1>Page views</h1>` };

describe('layout', () => {
  it('shows who is logged in, as text', () => {
    expect(layout({ ...PAGE, user: { name: '<ada>', href: '/cookie/account' } })).toContain(
      '<a href="/cookie/account">&lt;ada&gt;</a>',
    );
    expect(layout(PAGE)).not.toContain('Logged in as');
  });

  it('puts what a page is given in its places: the head, the bar at the top, beside the page', () => {
    const page = layout({
      ...PAGE,
      head: html`<link rel="stylesheet" href="/more.css" />`,
      navigation: html`<nav></nav>`,
      aside: html`<aside></aside>`,
    });
    expect(page).toMatch(/more\.css.*<\/head>.*<nav>.*<main.*<\/main>\s*<aside>/s);
    expect(page).toContain('class="columns"');
    expect(layout(PAGE)).toContain('class="column"');
  });

  it('holds no inline script or style, which the content security policy would refuse', () => {
    expect(layout(PAGE)).not.toMatch(/<script(?! src)|<style| style=| on[a-z]+=/);
  });
});

describe('errorPage', () => {
  const ERROR = { status: 404, title: 'Not Found', message: 'Nothing at <this> address.', requestId: 'r-1' };

  it('says what happened and which entry of the log it is', () => {
    const page = errorPage(ERROR);
    expect(page).toContain(`<title>404 Not Found · ${APP_NAME}</title>`);
    expect(page).toContain('Nothing at &lt;this&gt; address.');
    expect(page).toContain('<code>r-1</code>');
  });

  it('shows a stack and a request id only if there are any', () => {
    expect(errorPage({ ...ERROR, detail: 'at <anonymous>' })).toContain('at &lt;anonymous&gt;');
    expect(errorPage({ ...ERROR, requestId: '' })).not.toMatch(/in the server's log|outside production/);
  });
});
