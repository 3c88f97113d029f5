import { html, type Html } from './html.ts';

/**
 * Text as it is, in a block that scrolls inside itself. It can take the focus, since without a mouse there is no other
 * way to scroll it (WCAG 2.1.1).
 *
 * @param label what a screen reader calls the block, e.g. "Session data as JSON"
 */
export function codeBlock(text: string, label: string): Html {
  return html`<pre tabindex="0" role="group" aria-label="${label}"><code>${text}</code></pre>`;
}
