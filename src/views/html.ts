/** What a template may interpolate. `true` is left out: it could only be a forgotten `&&`. */
export type HtmlValue = Html | string | number | false | null | undefined | readonly HtmlValue[];

// A class, because JSON could forge a plain object with markup. Only its type is exported: a template is the only way to
// make markup.
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
 * Markup from a template. Interpolated text is escaped, other markup is inserted as it is, arrays are joined, and
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
