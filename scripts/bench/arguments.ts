import { parseArgs } from 'node:util';
import { SetupError } from '../setup/setup-error.js';
import { CANDIDATES, type Name } from './candidates.ts';
import { type Kind, KINDS } from './kinds.ts';
import { SECTIONS, type SectionName } from './sections.ts';

export interface Arguments {
  help: boolean;
  /** Measures requests alone, and fewer of them; writes nothing. */
  short: boolean;
  /** Whether a figure that is worse than recorded is a failure. */
  check: boolean;
  /** What is to be measured. */
  sections: SectionName[];
  /** What is to be profiled, in place of all else. */
  profile?: { name: Name; kind: Kind };
}

/** The argument that has the documents written anew, and nothing measured. */
export const DOCUMENTS = 'documents';

const NAMES = Object.keys(SECTIONS) as SectionName[];

export const USAGE = `npm run bench [-- [--short] [--check] [section]…]
npm run bench -- --profile <candidate> <kind>

Measures what sessions cost, prints the tables, and writes docs/bench.json, docs/bench.md, docs/bench.svg and the table
of the README. With names of sections it measures only these anew: ${NAMES.join(', ')}. With the name
${DOCUMENTS} it measures nothing and writes the documents from what is recorded.

  --short    measures requests alone, in less than a minute, and writes nothing
  --check    exit code 1 when a figure is worse than its recorded goal by more than 15 %
  --profile  the ten functions that take most of a candidate's time, for a kind of request: ${KINDS.join(', ')}.
             Candidates: ${CANDIDATES.map(({ name }) => name).join('; ')}`;

/**
 * @throws {SetupError} for a name that is none, or arguments that do not go together
 * @throws {TypeError} for an option that there is not
 */
export function readArguments(args: string[]): Arguments {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const { help, short, check, profile } = values;
  if (profile !== undefined) {
    if (short || check) throw new SetupError('--profile measures nothing: leave out --short and --check');
    const [kind, ...more] = positionals;
    if (more.length > 0)
      throw new SetupError(`--profile takes one kind of request, not ${positionals.join(' ')}`);
    return {
      help,
      short,
      check,
      sections: [],
      profile: {
        name: oneOf(
          CANDIDATES.map(({ name }) => name),
          profile,
          '--profile: no candidate',
        ),
        kind: oneOf(KINDS, kind, '--profile: no kind of request'),
      },
    };
  }
  if (short && positionals.length > 0) {
    throw new SetupError(`--short measures requests alone: leave it out, or ${positionals.join(' ')}`);
  }
  if (short) return { help, short, check, sections: ['requests'] };
  if (positionals.length === 0) return { help, short, check, sections: NAMES };
  const chosen = new Set(positionals.map((name) => oneOf([...NAMES, DOCUMENTS], name, 'no section')));
  // In the order of the documents.
  return { help, short, check, sections: NAMES.filter((name) => chosen.has(name)) };
}

function oneOf<Name extends string>(
  known: readonly Name[],
  given: string | undefined,
  problem: string,
): Name {
  const found = known.find((name) => name === given);
  if (found === undefined)
    throw new SetupError(`${problem} '${given ?? ''}'. Give one of: ${known.join('; ')}`);
  return found;
}
