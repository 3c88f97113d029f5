import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SessionOptions as TheirOptions } from 'koa-session';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from './core/options.ts';

const MANUAL = join(import.meta.dirname, 'README.md');
const MARKED = /(?<=<!-- made from core\/options.ts: .* -->\n).*(?=\n<!-- end -->)/s;

/** What koa-session checks, and what it passes on to the package cookies. */
const OF_KOA_SESSION = new Set([
  ...Object.keys(TheirOptions.shape),
  'path',
  'domain',
  'partitioned',
  'priority',
]);

type Option = { name: string; parameters: string | undefined; meaning: string; byDefault: string };

const source = readFileSync(join(import.meta.dirname, 'core/options.ts'), 'utf8');
const options = optionsIn(source);

const defaults = resolveOptions({});
const LITERAL = /^(?:'[^']*'|\d+|true|false)/;

/** The members of `SessionOptions` and their docstrings, in the order of the source. */
function optionsIn(text: string): Option[] {
  const [body = ''] = /(?<=\nexport interface SessionOptions \{\n).*?(?=\n\}\n)/s.exec(text) ?? [];
  return body.split(/;\n(?=  \/\*\*)/).map((member) => {
    const found = /^  \/\*\*(.*)\*\/\n  (\w+)\?: (?:\(\((.*?)\) => )?/s.exec(member);
    if (!found) throw new Error(`an option without a docstring: ${member}`);
    const [, comment = '', name = '', parameters] = found;
    const [description = '', byDefault = ''] = comment.replaceAll(/^ *\*? ?/gm, '').split(/^@default /m);
    const [meaning = ''] = description.trim().split('\n\n');
    return { name, parameters, meaning: meaning.replaceAll('\n', ' '), byDefault: byDefault.trim() };
  });
}

function tableOf(rows: readonly Option[]): string {
  const cells = rows.map(({ name, parameters, meaning, byDefault }) => {
    const names = parameters?.split(', ').map((one) => one.replace(/:.*/, ''));
    const call = names ? `${name}(${names.join(', ')})` : name;
    return [`\`${call}\`${OF_KOA_SESSION.has(name) ? '' : ' +'}`, asCode(byDefault), withoutPeriod(meaning)];
  });
  const table = [['Option', 'Default', 'Meaning'], ...cells];
  const widths = [0, 1, 2].map((at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const lines = table.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`);
  return lines.toSpliced(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`).join('\n');
}

/** `10000 (a word)` becomes `` `10000` (a word) ``; words and what is code already stay. */
const asCode = (text: string): string => text.replace(LITERAL, '`$&`');

const withoutPeriod = (text: string): string => text.replace(/\.$/, '');

describe('the table of options in README.md', () => {
  it('is made from the docstrings: `vitest -u` writes it', async () => {
    const manual = readFileSync(MANUAL, 'utf8');
    expect(manual).toMatch(MARKED);
    const written = manual.replace(MARKED, () => tableOf(options));
    await expect(written).toMatchFileSnapshot(MANUAL);
  });

  it('has a row for each option', () => {
    const names = options.map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.keys(defaults).toSorted());
  });

  it.each(options)('says the meaning and the default of $name', ({ meaning, byDefault }) => {
    expect([meaning, byDefault]).not.toContain('');
  });

  it.each(options)('says the default of $name that holds', ({ name, byDefault }) => {
    const filledIn: unknown = Reflect.get(defaults, name);
    if (!/string|number|boolean/.test(typeof filledIn) && !LITERAL.test(byDefault)) return;
    // A cookie without a path gets '/'.
    const value = filledIn ?? (name === 'path' ? '/' : false);
    expect(byDefault.replace(/ \(.*\)$/, '')).toBe(JSON.stringify(value).replaceAll('"', "'"));
  });
});
