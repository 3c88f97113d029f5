import { html, type Html } from '../../../views/html.ts';

interface StationModel {
  /** Addresses that frames load, one after the other. */
  frames: readonly string[];
  /** Where the tab goes then. */
  next: string;
}

/** A stop on the way of a trial. Its script does all of it; nobody has to read it. */
export function stationPage({ frames, next }: StationModel): Html {
  return html`<h1>Trying the cookie</h1>
    <p class="lead" role="status">
      This page looks in frames whether the cookie comes, and goes on by itself in a moment.
    </p>
    <ul data-next="${next}" hidden>
      ${frames.map((frame) => html`<li data-frame="${frame}"></li>`)}
    </ul>
    <noscript><p>To go on takes JavaScript, which is off in this browser.</p></noscript>
    <script src="/examples/lab.js" defer></script>`;
}
