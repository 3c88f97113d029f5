import { describe, expect, it } from 'vitest';
import { html } from './html.ts';
import { APP_NAME, errorPage, layout, type PageModel, pageLinks } from './layout.ts';

const PAGE: PageModel = { title: 'Page views', main: html`<h1>Page views</h1>` };
const ERROR = { status: 404, title: 'Not Found', message: 'Nothing at <this> address.', requestId: 'r-1' };
const ADA = { name: '<ada>', href: '/account' };

describe.each([
  ['layout', (around: Partial<PageModel>) => layout({ ...PAGE, ...around })],
  ['errorPage', (around: Partial<PageModel>) => errorPage({ ...ERROR, ...around })],
])('%s', (_, page) => {
  it('names the user as text, links to the login if nobody is logged in, and shows neither if that is unknown', () => {
    expect(page({ user: ADA })).toContain('Logged in as <a href="/account">&lt;ada&gt;</a>');
    expect(page({ user: null })).toContain('<a href="/login">Log in</a>');
    expect(page({})).not.toMatch(/log(ged)? in/i);
  });

  it('places the head and the navigation', () => {
    const around = { head: html`<link href="/more.css" />`, navigation: html`<nav></nav>` };
    expect(page(around)).toMatch(/more\.css.*<\/head>.*<nav>.*<main/s);
  });

  it('has no inline script or style, which the content security policy would refuse', () => {
    expect(page({ isPrivate: true })).not.toMatch(/<script(?! src)|<style| style=| on[a-z]+=/);
  });
});

it('marks the link of the page itself, and shows no empty list of links', () => {
  const links = ['/cart', '/orders'].map((href) => ({ href, title: `To ${href}` }));
  const shown = pageLinks(links, '/cart').toString();
  expect(shown.match(/<a [^>]*>/g)).toEqual(['<a href="/cart" aria-current="page">', '<a href="/orders" >']);
  expect(pageLinks([], '/cart')).toBe(false);
});

it('places the complement after the page', () => {
  expect(layout({ ...PAGE, aside: html`<aside></aside>` })).toMatch(/<main.*<\/main>\s*<aside>/s);
});

describe('errorPage', () => {
  it('says what happened and which entry of the log it is', () => {
    const page = errorPage(ERROR);
    expect(page).toContain(`<title>404 Not Found · ${html`${APP_NAME}`.toString()}</title>`);
    expect(page).toContain('Nothing at &lt;this&gt; address.');
    expect(page).toContain('<code>r-1</code>');
  });

  it('shows a stack and a request id only if there are any', () => {
    expect(errorPage({ ...ERROR, detail: 'at <anonymous>' })).toContain('at &lt;anonymous&gt;');
    expect(errorPage({ ...ERROR, requestId: '' })).not.toMatch(/in the server's log|outside production/);
  });
});
