import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from '../scale/markdown.ts';
import { EQUAL, namesOf } from './candidates.ts';
import { overheadTable } from './cost-tables.ts';
import { ROOT } from './peers.ts';
import type { Recorded } from './record.ts';
import { SECTIONS } from './sections.ts';
import { goalTable } from './verdict.ts';

/** The part of the document that people write, and that a run leaves as it is. */
const GENERATED = '<!-- What follows is written by npm run bench. -->';

/** A file that is made of what is recorded. */
interface Document {
  path: string;
  /** @param text what it is now */
  make: (recorded: Recorded, text: string) => string;
}

export const DOCUMENTS: Document[] = [
  { path: join(ROOT, 'docs', 'bench.md'), make: benchDocument },
  { path: join(ROOT, 'README.md'), make: readme },
];

export function writeDocuments(recorded: Recorded): void {
  for (const { path, make } of DOCUMENTS) writeFileSync(path, make(recorded, readFileSync(path, 'utf8')));
}

function readme({ measured: { requests } }: Recorded, text: string): string {
  const [, ...equal] = namesOf(EQUAL);
  return requests ? withTables(text, [overheadTable(requests, [...equal, 'ours, store, all guards'])]) : text;
}

function benchDocument({ about, measured }: Recorded, text: string): string {
  const [written = ''] = text.split(GENERATED);
  const packages = Object.entries(about.packages).map(([name, version]) => `${name} ${version}`);
  const shown = Object.values(SECTIONS).map(({ title, show }) => ({ title, ...show(measured) }));
  const parts = [
    GENERATED,
    `Last run on ${about.date}: Node ${about.node}, ${about.machine}, load ${about.load}; ${packages.join(', ')}.`,
    '## Goals',
    ...shown.flatMap(({ goals }) => (goals ? [goalTable(goals)] : [])),
    ...shown.flatMap(({ title, tables }) => (tables ? [`## ${title}`, ...tables] : [])),
  ];
  return `${written}${parts.join('\n\n')}\n`;
}
