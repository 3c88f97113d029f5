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
  /** Whether the field has the focus when the page comes. @default false */
  autofocus?: boolean;
  /** Whether an empty answer is refused. The server says so, beside the field. @default false */
  required?: boolean;
}

/** A labelled `<input>` whose hint and error are tied to it, so that a screen reader reads them with the field. */
export function field({
  name,
  label,
  type = 'text',
  value,
  autocomplete,
  hint,
  error,
  required,
  autofocus,
}: Field): Html {
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
      ${autofocus === true && html`autofocus`}
      ${required === true && html`aria-required="true"`}
    />
    ${error && html`<p class="field-error" id="${name}-error">${error}</p>`}
  </div>`;
}
