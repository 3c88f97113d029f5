import type { StorageName } from '../storages.ts';
import { html, type Html } from '../views/html.ts';
import { lab } from './lab/about.ts';

/** How a storage is called on the pages. */
export const STORAGE_LABELS: Record<StorageName, string> = {
  memory: 'Memory',
  cookie: 'Cookie',
  redis: 'Redis',
};

/** What the pages of the examples need beside the style of all pages. */
export const EXAMPLES_HEAD = html`<link rel="stylesheet" href="/examples.css" />
  <script src="/inspector.js" defer></script>`;

/** Where one can go from a page. */
export interface Place {
  /** Path of the request without its query, e.g. '/memory/views'. */
  path: string;
  /** The storage this page runs on; absent on pages that have none, which then show no switch. */
  storage?: StorageName;
  /** Those that can be switched between, the default one first. */
  storages: readonly StorageName[];
  /** `name` is the second part of the path. */
  examples: readonly { name: string; title: string }[];
  /** Name of the example that the page belongs to, or of the lab. */
  example?: string;
}

/** The links to the examples and to the lab, and the switch to the same page on another storage. */
export function navigation(place: Place): Html {
  return html`${exampleLinks(place)} ${storageSwitch(place)}`;
}

function exampleLinks({ example, storage, storages, examples }: Place): Html | false {
  const on = storage ?? storages[0];
  if (examples.length === 0 || on === undefined) return false;
  const pages = examples.map(({ name, title }) => ({ name, title, href: `/${on}/${name}` }));
  const links = [...pages, { ...lab, href: `/${lab.name}` }].map(({ name, title, href }) => {
    return html`<li>
      <a href="${href}" ${name === example && html`aria-current="page"`}>${title}</a>
    </li>`;
  });
  return html`<nav class="examples" aria-label="Examples">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

function storageSwitch({ path, storage, storages }: Place): Html | false {
  if (storage === undefined || storages.length < 2) return false;
  // On a sub-page, such as the account page, the other storage may have nobody logged in: the app sends them to its login.
  const rest = path.split('/').slice(2).join('/');
  const links = storages.map(
    (name) =>
      html`<li>
        <a href="/${name}/${rest}" ${name === storage && html`aria-current="true"`}
          >${STORAGE_LABELS[name]}</a
        >
      </li>`,
  );
  return html`<nav class="switch" aria-labelledby="switch-label">
    <span id="switch-label">Storage</span>
    <ul>
      ${links}
    </ul>
  </nav>`;
}
