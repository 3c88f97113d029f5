import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError } from '../setup/setup-error.js';
import { SHIPPED } from './adapters.ts';
import type { Group } from './case.ts';
import { GROUPS } from './cases.ts';
import { writeDocument } from './document.ts';
import { peers } from './peers.ts';
import { runAll } from './run-all.ts';
import { toolsOfRun } from './tools.ts';
import { terminalTable } from './terminal.ts';

const USAGE = `npm run compare [-- [--only <name>]… [--adapter <file>]…]

Puts every case to every session middleware and prints the table. Without --only and --adapter it writes
docs/comparison.md as well, which also says how to write an adapter.

  --only     a case, by its name in the table, or a group of them:
             ${GROUPS.map(({ name }) => name.toLowerCase()).join(', ')}
  --adapter  a module that exports one or more adapters, in place of those that are compared by default`;

/** @returns the exit code: 0 when the kit could do all that it was asked to, whatever it found */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      adapter: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const groups = chosen(values.only);
  const own = values.adapter.map((file) => resolve(file));
  await peers.install();
  const begun = performance.now();
  const columns = await runAll(
    own.length > 0 ? own : SHIPPED,
    groups.flatMap(({ cases }) => cases),
    ({ name, findings }) => {
      const passed = [...findings.values()].filter(({ verdict }) => verdict === 'passes').length;
      console.error(`compare: ${name}: passes ${passed} of ${findings.size} cases`);
    },
  );
  console.log(terminalTable(groups, columns));
  const broken = columns.some(({ findings }) =>
    [...findings.values()].some(({ verdict }) => verdict === 'broken'),
  );
  console.error(`compare: done in ${Math.round((performance.now() - begun) / 1000)} s`);
  // A table of a part, or of others, is no table for the document.
  if (!broken && own.length === 0 && values.only.length === 0) {
    writeDocument({ groups, columns, tools: toolsOfRun(), date: new Date().toISOString().slice(0, 10) });
  }
  return broken ? 1 : 0;
}

/**
 * The groups and cases of these names; all without any.
 * @throws {SetupError} for a name that is none
 */
export function chosen(names: readonly string[]): Group[] {
  const known = GROUPS.flatMap(({ name, cases }) => [name.toLowerCase(), ...cases.map(({ id }) => id)]);
  const unknown = names.find((name) => !known.includes(name.toLowerCase()));
  if (unknown !== undefined) {
    throw new SetupError(
      `--only ${unknown}: there is no such case or group. Give one of ${known.join(', ')}`,
    );
  }
  const wanted = names.map((name) => name.toLowerCase());
  if (wanted.length === 0) return [...GROUPS];
  return GROUPS.map((group) => ({
    ...group,
    cases: group.cases.filter(({ id }) => wanted.includes(id) || wanted.includes(group.name.toLowerCase())),
  })).filter(({ cases }) => cases.length > 0);
}
