import { codeBlock } from './elements.ts';
import { html } from './html.ts';
import { layout, type PageModel } from './layout.ts';

/** `head`, `navigation` and `user` are the layout's, so that the page looks like those around it. */
export interface ErrorModel extends Pick<PageModel, 'head' | 'navigation' | 'user'> {
  /** 400 to 599. */
  status: number;
  /** The status in words, e.g. 'Not Found'. */
  title: string;
  /** What happened and what to do, for the visitor. */
  message: string;
  /** Leads to the log; an empty one is not shown. */
  requestId: string;
  /** The stack; set only where nobody but the developer sees it. */
  detail?: string;
}

/** The page of an error. It needs nothing but its model, since anything else may be what broke. */
export function errorPage({ status, title, message, requestId, detail, ...around }: ErrorModel): string {
  const main = html`<p class="huge" aria-hidden="true">${status}</p>
    <h1>${title}</h1>
    <p class="lead">${message}</p>
    <p class="actions"><a class="button" href="/">Go to the start page</a></p>
    ${requestId && html`<p class="muted">Request <code>${requestId}</code> has an entry in the server's log.</p>`}
    ${
      detail &&
      html`<h2>Only shown on this machine, outside production</h2>
        ${codeBlock(detail, 'Stack of the error')}`
    }`;
  return layout({ ...around, title: `${status} ${title}`, main });
}
