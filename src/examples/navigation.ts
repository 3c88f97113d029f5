import type { Storage } from '../storages/storage.ts';
import { html, type Html } from '../views/html.ts';
import type { Example } from './example.ts';

/** What the pages of the examples need beside the style of all pages. */
export const EXAMPLES_HEAD = html`<link rel="stylesheet" href="/examples/style.css" />
  <script src="/examples/inspector.js" defer></script>`;

/** Where one can go from a page. */
export interface Place {
  /** Path of the request without its query, e.g. '/memory/views'. */
  path: string;
  /** Where the session of this page lives. */
  storage?: Pick<Storage, 'name'> | undefined;
  /** Those that can be switched between, the one of the app first. */
  storages: readonly [Pick<Storage, 'name' | 'title'>, ...Pick<Storage, 'name' | 'title'>[]];
  examples: readonly Pick<Example, 'name' | 'title' | 'hasNoSession'>[];
  /** The one that the page belongs to, if it belongs to one. */
  example?: Pick<Example, 'name' | 'hasNoSession'> | undefined;
}

/** The links to the examples, and the switch to the same page on another storage. */
export function navigation(place: Place): Html {
  return html`${exampleLinks(place)} ${storageSwitch(place)}`;
}

function exampleLinks({ path, example, storage, storages, examples }: Place): Html {
  const on = (example && storage) ?? storages[0];
  const overview = { name: undefined, title: 'Examples', href: OVERVIEW };
  const pages = examples.map(({ name, title, hasNoSession }) => {
    return { name, title, href: hasNoSession ? `/${name}` : `/${on.name}/${name}` };
  });
  const links = [overview, ...pages].map(({ name, title, href }) => {
    const isHere = name === undefined ? path === OVERVIEW : name === example?.name;
    return html`<li>
      <a href="${href}" ${isHere && html`aria-current="page"`}>${title}</a>
    </li>`;
  });
  return html`<nav class="examples" aria-label="Examples">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

/** Path of the page that lists the examples. */
export const OVERVIEW = '/examples';

/** Only pages of examples are on several storages. */
function storageSwitch({ path, storage, storages, example }: Place): Html | false {
  if (storage === undefined || example === undefined) return false;
  const rest = path.split('/').slice(2).join('/');
  const links = storages.map(
    ({ name, title }) =>
      html`<li>
        <a href="/${name}/${rest}" ${name === storage.name && html`aria-current="true"`}>${title}</a>
      </li>`,
  );
  return html`<nav class="switch" aria-labelledby="switch-label">
    <span id="switch-label">Storage</span>
    <ul>
      ${links}
    </ul>
  </nav>`;
}
