/** What a template may interpolate. `true` is left out: it would only ever be a forgotten `&&`. */
export type HtmlValue = Html | string | number | false | null | undefined | readonly HtmlValue[];

// A class, because a plain object with the markup inside could be forged by JSON. Only its type leaves this file: the
// one way to get markup is to write it in a template.
class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

export type { Html };

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Markup from a template; everything interpolated is escaped, other markup is taken as it is, arrays are joined, and
 * `null`, `undefined` and `false` leave nothing. Safe in text and in **quoted** attributes; not in unquoted ones, nor
 * in `<script>` or `<style>`, nor does it check the scheme of a URL.
 *
 * @example html`<a href="/users/${user.id}" title="${user.name}">${user.name}</a>`
 */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(strings.reduce((markup, part, index) => markup + render(values[index - 1]) + part));
}

function render(value: HtmlValue): string {
  if (value == null || value === false) return '';
  if (typeof value === 'object') return value instanceof Html ? value.toString() : value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
