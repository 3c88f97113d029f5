import { codeBlock, field } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { attributeList } from '../inspector/cookie-line.ts';
import { explainSetCookie } from '../inspector/explain-set-cookie.ts';
import { MISTAKES, type Mistake } from './mistakes.ts';
import { type OutcomeModel, outcomeTable } from './trial/outcome.ts';
import type { Prediction } from './prediction.ts';
import { predictionTable } from './prediction-table.ts';
import { type Fields, fieldsOf, labAddress, type Question } from './question.ts';

export interface LabModel {
  question: Question;
  /** What is wrong with the address; then there are no predictions. */
  urlProblem: string | undefined;
  predictions: readonly Prediction[];
  /** Why the line cannot be tried; undefined if it can. */
  notTried: string | undefined;
  /** The result of the trial in the address, or 'over' if it is no longer kept; undefined without a trial. */
  trial: OutcomeModel | 'over' | undefined;
  /** Ms since 1970. */
  now: number;
  /** Paths of the source to link to; empty if the app shows no source. */
  sources: readonly string[];
}

export function labPage(model: LabModel): Html {
  const { question, urlProblem, predictions, now, sources } = model;
  return html`<h1>Cookie lab</h1>
    <p class="lead">
      A browser silently drops a cookie whose <code>Set-Cookie</code> line breaks a rule, and the rules differ
      between engines. Write a line, read what browsers do with it and why, and try it in this browser.
    </p>
    ${labForms(question, urlProblem)}
    <section aria-labelledby="explained">
      <h2 id="explained">The line</h2>
      ${codeBlock(`Set-Cookie: ${question.line}`, 'The line as it is sent')}
      ${attributeList(explainSetCookie(question.line, now).attributes)}
    </section>
    ${
      predictions.length > 0 &&
      html`<section aria-labelledby="prediction">
        <h2 id="prediction">What browsers do with it</h2>
        <p>Predicted for a response from <code>${question.url}</code>, opened in the address bar.</p>
        ${predictionTable({ predictions, hasBefore: question.before !== '', now })}
      </section>`
    }
    ${trialSection(model)}
    <section aria-labelledby="mistakes">
      <h2 id="mistakes">Classic mistakes</h2>
      <ul class="cards">
        ${MISTAKES.map(mistakeCard)}
      </ul>
    </section>
    ${sources.length > 0 && sourceLinks(sources)}
    <script src="/examples/lab.js" defer></script>`;
}

/** Two forms for one line: each also shows the line of the other. */
function labForms(question: Question, urlProblem: string | undefined): Html {
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
      hint: 'Its scheme, host and path decide what is allowed. A trial uses the address of the lab instead.',
      value: url,
      autocomplete: 'off',
      error: urlProblem,
      autofocus: urlProblem !== undefined,
    })}
    ${field({
      name: 'before',
      label: 'A cookie that the browser already has (optional)',
      hint: 'Its Set-Cookie line, to see whether it is replaced or deleted.',
      value: before,
      autocomplete: 'off',
    })}
    <div class="actions"><button>Explain</button></div>
  </form>`;
}

function composeForm({ line, before, url }: Question): Html {
  const fields = fieldsOf(line);
  const text = (name: 'name' | 'value' | 'path' | 'domain' | 'maxAge' | 'expires', label: string): Html =>
    field({ name, label, value: fields(name), autocomplete: 'off' });
  return html`<form class="stack" method="get" action="/lab#explained">
    <input type="hidden" name="url" value="${url}" />
    <input type="hidden" name="before" value="${before}" />
    <div class="field-pairs">
      ${text('name', 'Name')} ${text('value', 'Value')} ${text('path', 'Path')} ${text('domain', 'Domain')}
      ${text('maxAge', 'Max-Age (seconds)')} ${text('expires', 'Expires')}
    </div>
    <div class="field">
      <label for="sameSite">SameSite</label>
      <select id="sameSite" name="sameSite">
        ${sameSiteOptions(fields('sameSite'))}
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

function sameSiteOptions(chosen: string): Html[] {
  const known = ['', 'Strict', 'Lax', 'None'];
  const current = known.find((one) => one.toLowerCase() === chosen.toLowerCase()) ?? chosen;
  return [...new Set([...known, current])].map(
    (value) =>
      html`<option value="${value}" ${value === current && html`selected`}>${value || 'not set'}</option>`,
  );
}

function flag(name: 'secure' | 'httpOnly' | 'partitioned', label: string, fields: Fields): Html {
  return html`<label class="choice" for="${name}"
    ><input id="${name}" name="${name}" type="checkbox" ${fields(name) && html`checked`} />${label}</label
  >`;
}

function trialSection({ question, notTried, trial }: LabModel): Html {
  return html`<section aria-labelledby="tried">
    <h2 id="tried">Try it in this browser</h2>
    ${trial === 'over' && html`<p class="notice" role="status">The result of this trial was kept for a minute and is gone. Try it again.</p>`}
    ${typeof trial === 'object' && outcomeTable(trial)}
    ${
      notTried === undefined
        ? html`<p>
              The server sets the cookie and checks whether the browser sends it: in this tab, in a frame, and
              in a frame on another site, which is this server under its other name. The tab goes there and
              comes back, and the cookie is deleted.
            </p>
            <noscript><p>Trying it needs JavaScript, which is off in this browser.</p></noscript>
            <form method="post" action="/lab/trials" data-needs-script hidden>
              <input type="hidden" name="line" value="${question.line}" />
              <input type="hidden" name="before" value="${question.before}" />
              <button>Try it</button>
            </form>`
        : html`<p class="notice">This line is explained but cannot be tried. ${notTried}</p>`
    }
  </section>`;
}

function mistakeCard({ title, why, before = '', line, fix }: Mistake): Html {
  const link = (text: string, one: string): Html =>
    html`<a class="button secondary" href="${labAddress({ line: one, before })}"
      >${text}<span class="visually-hidden">: ${title}</span></a
    > `;
  return html`<li class="card">
    <h3>${title}</h3>
    <p>${why}</p>
    <p class="card-links">${link('See it', line)} ${link('The fix', fix)}</p>
  </li>`;
}

function sourceLinks(sources: readonly string[]): Html {
  return html`<section aria-labelledby="code">
    <h2 id="code">Code</h2>
    <ul class="links">
      ${sources.map((path) => html`<li><a href="/source/${path}">${path}</a></li>`)}
    </ul>
  </section>`;
}
