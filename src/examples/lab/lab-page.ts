import { codeBlock } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { attributeList } from '../inspector/cookie-line.ts';
import { explainSetCookie } from '../inspector/explain-set-cookie.ts';
import { labForms } from './lab-form.ts';
import { MISTAKES, type Mistake } from './mistakes.ts';
import { type OutcomeModel, outcomeTable } from './trial/outcome-table.ts';
import type { Prediction } from './prediction.ts';
import { predictionTable } from './prediction-table.ts';
import { labAddress, type Question } from './question.ts';

export interface LabModel {
  question: Question;
  /** What is wrong with the address; then there are no predictions. */
  urlProblem: string | undefined;
  predictions: readonly Prediction[];
  /** Why it is not tried; undefined if it may be. */
  notTried: string | undefined;
  /** What came of the trial that the browser comes back from; undefined if it comes from none. */
  trial: OutcomeModel | 'over' | undefined;
  /** Ms since 1970. */
  now: number;
  /** Paths of the source to read; none where the pages that show it are not there. */
  sources: readonly string[];
}

export function labPage(model: LabModel): Html {
  const { question, urlProblem, predictions, now, sources } = model;
  return html`<h1>Cookie lab</h1>
    <p class="lead">
      A browser drops a cookie without a word when its <code>Set-Cookie</code> line breaks a rule, and engines
      do not have the same rules. Write a line, read what becomes of it and why, and try it in this browser.
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
        <h2 id="prediction">What becomes of it</h2>
        <p>In a response from <code>${question.url}</code>, opened in the address bar.</p>
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

function trialSection({ question, notTried, trial }: LabModel): Html {
  return html`<section aria-labelledby="tried">
    <h2 id="tried">Try it in this browser</h2>
    ${trial === 'over' && html`<p class="notice" role="status">What came of the trial is kept for a minute, which is over. Try it again.</p>`}
    ${typeof trial === 'object' && outcomeTable(trial)}
    ${
      notTried === undefined
        ? html`<p>
              The server sets the cookie and looks whether it comes back: in this tab, in a frame, and in a
              frame on another site, which is this same server under its other name. The tab goes there and
              back, and the cookie is removed.
            </p>
            <noscript><p>Trying it takes JavaScript, which is off in this browser.</p></noscript>
            <form method="post" action="/lab/trials" data-needs-script hidden>
              <input type="hidden" name="line" value="${question.line}" />
              <input type="hidden" name="before" value="${question.before}" />
              <button>Try it</button>
            </form>`
        : html`<p class="notice">It is explained and not tried. ${notTried}</p>`
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
