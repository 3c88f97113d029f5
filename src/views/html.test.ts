import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
// Under another name, so that the formatter does not change these templates.
import { html as markup, type HtmlValue } from './html.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', 'a', ';', '#', '\n') }),
);

function decode(text = '(broken out)'): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name] ?? '');
}

describe('html', () => {
  it('lets no string open a tag or leave a quoted attribute', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const page = markup`<p title="${text}" lang='${text}'>${text}</p>`.toString();
        const parts = /^<p title="([^"]*)" lang='([^']*)'>([^<>]*)<\/p>$/.exec(page)?.slice(1) ?? [];
        expect(parts.map((part) => decode(part))).toEqual([text, text, text]);
      }),
    );
  });

  it('inserts markup of other templates as it is', () => {
    expect(markup`<ul>${markup`<li>${'<&>'}</li>`}</ul>`.toString()).toBe('<ul><li>&lt;&amp;&gt;</li></ul>');
  });

  it('joins nested arrays, and escapes their values', () => {
    expect(markup`${['<', [markup`<b></b>`, 1]]}`.toString()).toBe('&lt;<b></b>1');
  });

  it('shows nothing for null, undefined and false, but shows 0', () => {
    expect(markup`[${null}${undefined}${false}]`.toString()).toBe('[]');
    expect(markup`[${0}]`.toString()).toBe('[0]');
  });

  it('is not fooled by data shaped like markup', () => {
    const text: HtmlValue = JSON.parse('["<script>"]');
    expect(markup`${text}`.toString()).toBe('&lt;script&gt;');
    const object: HtmlValue = JSON.parse('{ "markup": "<script>" }');
    expect(() => markup`${object}`).toThrow(TypeError);
  });
});
