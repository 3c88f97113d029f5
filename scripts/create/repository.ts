import { filesInGit } from '../files-in-git.ts';
import { without } from '../without.ts';

/** What is of use in this repository alone: its own checks, records, measurements and pictures. */
const OURS = [
  '.ci/',
  '.gitattributes',
  '.github/workflows/nightly.yml',
  'LICENSE',
  'README.md',
  'e2e/cookie-cases',
  'e2e/engines/',
  'e2e/packages/',
  'e2e/webkitgtk/',
  // Of docs/security.md, which names the tests of the session layer.
  'src/security-doc.test.ts',
  'src/testing/not-shipped.test.ts',
  'src/session/exports.test.ts',
  // A new app has no sessions of the first edition.
  'src/session/testing/first-edition/',
  'src/session/testing/left-out',
];

/** What an app has of docs/ and scripts/: the guide, which goes into its README, and scripts that are tested here. */
const HANDED_OUT = /^(docs\/first-pages\.md|scripts\/(remove|without)\.ts|scripts\/setup\.js)$/;

function isOurs(path: string): boolean {
  if (/^(docs|scripts)\//.test(path)) return !HANDED_OUT.test(path);
  return OURS.some((beginning) => path.startsWith(beginning));
}

/** What apps are made of: the files that git keeps, without those for this repository alone. */
export function templateOf(root: string): Map<string, string> {
  const files = Array.from(filesInGit(root));
  const ours = files.map(([path]) => path).filter(isOurs);
  return without(new Map(files.filter(([path]) => !isOurs(path))), ours);
}
