import { field } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { type CookieFields, fieldsOf } from './compose.ts';
import type { Question } from './question.ts';

/** The two ways to say what the line is. What one is given the other shows as well. */
export function labForms(question: Question, urlProblem: string | undefined): Html {
  return html`<div class="halves lab-forms">
    <section aria-labelledby="paste">
      <h2 id="paste">Paste a line</h2>
      ${pasteForm(question, urlProblem)}
    </section>
    <section aria-labelledby="compose">
      <h2 id="compose">Or compose it</h2>
      ${composeForm(question)}
    </section>
  </div>`;
}

function pasteForm({ line, before, url }: Question, urlProblem: string | undefined): Html {
  return html`<form class="stack" method="get" action="/lab#explained">
    <div class="field">
      <label for="line">Set-Cookie</label>
      <textarea id="line" name="line" rows="4" autocomplete="off" spellcheck="false">${line}</textarea>
    </div>
    ${field({
      name: 'url',
      label: 'Address of the response',
      hint: 'http or https, host and path decide what is allowed. The lab tries it at its own address.',
      value: url,
      autocomplete: 'off',
      error: urlProblem,
      autofocus: urlProblem !== undefined,
    })}
    ${field({
      name: 'before',
      label: 'A cookie that is there before (may be empty)',
      hint: 'Its Set-Cookie line: to see what is replaced or deleted.',
      value: before,
      autocomplete: 'off',
    })}
    <div class="actions"><button>Explain</button></div>
  </form>`;
}

function composeForm({ line, before, url }: Question): Html {
  const fields = fieldsOf(line);
  return html`<form class="stack" method="get" action="/lab#explained">
    <input type="hidden" name="url" value="${url}" />
    <input type="hidden" name="before" value="${before}" />
    <div class="field-pairs">
      ${textField('name', 'Name', fields.name)} ${textField('value', 'Value', fields.value)}
      ${textField('path', 'Path', fields.path)} ${textField('domain', 'Domain', fields.domain)}
      ${textField('maxAge', 'Max-Age (seconds)', fields.maxAge)}
      ${textField('expires', 'Expires', fields.expires)}
    </div>
    <div class="field">
      <label for="sameSite">SameSite</label>
      <select id="sameSite" name="sameSite">
        ${sameSiteOptions(fields.sameSite)}
      </select>
    </div>
    <fieldset class="flags">
      <legend>Flags</legend>
      ${flag('secure', 'Secure', fields)} ${flag('httpOnly', 'HttpOnly', fields)}
      ${flag('partitioned', 'Partitioned', fields)}
    </fieldset>
    <div class="actions"><button class="secondary">Compose</button></div>
  </form>`;
}

function textField(name: keyof CookieFields, label: string, value: string): Html {
  return field({ name, label, value, autocomplete: 'off' });
}

function sameSiteOptions(chosen: string): Html[] {
  const known = ['', 'Strict', 'Lax', 'None'];
  const current = known.find((one) => one.toLowerCase() === chosen.toLowerCase()) ?? chosen;
  return [...new Set([...known, current])].map(
    (value) =>
      html`<option value="${value}" ${value === current && html`selected`}>${value || 'not set'}</option>`,
  );
}

function flag(name: 'secure' | 'httpOnly' | 'partitioned', label: string, fields: CookieFields): Html {
  return html`<label class="choice" for="${name}"
    ><input id="${name}" name="${name}" type="checkbox" ${fields[name] && html`checked`} />${label}</label
  >`;
}
