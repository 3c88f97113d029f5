import { codeBlock } from './elements.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

export interface ErrorModel {
  /** 400 to 599. */
  status: number;
  /** The status in words, e.g. 'Not Found'. */
  title: string;
  /** What happened and what to do, for the person who meets it. */
  message: string;
  /** Leads to the log; an empty one is not shown. */
  requestId: string;
  /** The stack, where only the developer sees it. */
  detail?: string;
}

/** The page of an error. It needs nothing but its model: the session, or whatever else, may be what broke. */
export function errorPage({ status, title, message, requestId, detail }: ErrorModel): string {
  const main = html`<div class="error-page">
    <p class="status" aria-hidden="true">${status}</p>
    <h1>${title}</h1>
    <p class="lead">${message}</p>
    <p class="actions"><a class="button" href="/">Go to the start page</a></p>
    ${requestId && html`<p class="muted">Request <code>${requestId}</code> has an entry in the server's log.</p>`}
    ${
      detail &&
      html`<h2>Only shown on this machine, outside production</h2>
        ${codeBlock(detail, 'Stack of the error')}`
    }
  </div>`;
  return layout({ title: `${status} ${title}`, main });
}
