import { html, type Html } from './html.ts';

export interface Field {
  /** Name of the form field, and id of its `<input>`: unique on the page. */
  name: string;
  label: string;
  /** @default 'text' */
  type?: 'text' | 'password' | 'email' | 'number';
  /** What was sent, when the form is shown again. Leave it out for passwords. */
  value?: string;
  /** The `autocomplete` token (HTML §4.10.18.7), which password managers and WCAG 1.3.5 need. */
  autocomplete?: string;
  /** One line below the label. */
  hint?: string;
  /** What is wrong and what to do; marks the field as invalid. */
  error?: string;
  /** Whether the field has the focus when the page loads; at most one of a page. @default when it has an error */
  autofocus?: boolean;
  /** Whether the server refuses an empty value, with an error beside the field. @default false */
  required?: boolean;
}

/** A labelled `<input>` whose hint and error are tied to it, so that a screen reader reads them with the field. */
export function field({ name, label, type = 'text', value, hint, error, ...rest }: Field): Html {
  const { autocomplete, autofocus = Boolean(error), required = false } = rest;
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      ${autocomplete && html`autocomplete="${autocomplete}"`}
      ${described && html`aria-describedby="${described}"`}
      ${error && html`aria-invalid="true"`}
      ${autofocus && html`autofocus`}
      ${required && html`aria-required="true"`}
    />
    ${error && html`<p class="field-error" id="${name}-error">${error}</p>`}
  </div>`;
}

/**
 * Text in a block that scrolls. It can take the focus, because without a mouse there is no other way to scroll it
 * (WCAG 2.1.1).
 *
 * @param label what a screen reader calls the block, e.g. "Session data as JSON"
 */
export function codeBlock(text: string, label: string): Html {
  return html`<pre tabindex="0" role="group" aria-label="${label}"><code>${text}</code></pre>`;
}

/** A moment (ms since 1970) as `<time>`, e.g. "24 Nov 2025, 07:05:09 UTC". */
export function utcTime(ms: number): Html {
  return html`<time datetime="${new Date(ms).toISOString()}">${utcText(ms)}</time>`;
}

/** A moment (ms since 1970) as text, e.g. "24 Nov 2025, 07:05:09 UTC": in UTC, like the dates of a `Set-Cookie` line. */
export function utcText(ms: number): string {
  const [, day, month, year, time] = new Date(ms).toUTCString().split(' ');
  return `${Number(day)} ${month} ${year}, ${time} UTC`;
}
