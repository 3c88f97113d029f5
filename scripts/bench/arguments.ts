import { parseArgs } from 'node:util';
import { SetupError } from '../setup/setup-error.js';
import { CANDIDATES, type Name, namesOf } from './candidates.ts';
import { type Kind, KINDS } from './kinds.ts';
import { SECTIONS, type SectionName } from './sections.ts';

export interface Arguments {
  help: boolean;
  /** Measures requests in the equal set-up alone, and fewer of them; writes nothing. */
  short: boolean;
  /** Whether a goal that is missed is a failure. */
  check: boolean;
  /** What is to be measured. */
  sections: SectionName[];
  /** What is to be profiled, in place of all else. */
  profile?: { name: Name; kind: Kind };
}

/** The argument that has the documents written again, and nothing measured. */
const DOCUMENTS = 'documents';

const NAMES = Object.keys(SECTIONS) as SectionName[];

export const USAGE = `npm run bench [-- [--short] [--check] [section]…]
npm run bench -- --profile <candidate> <kind>

Measures what sessions cost, prints the tables, and writes docs/bench.json, docs/bench.md and the table of the README.
Sections, of which it measures only those that are named: ${NAMES.join(', ')}. With the name
${DOCUMENTS} it measures nothing and writes the documents from what is recorded.

  --short    measures requests in the equal set-up alone, in less than a minute, and writes nothing
  --check    exit code 1 when a goal is missed by more than the noise
  --profile  the ten functions that take most of a candidate's time, for a kind of request: ${KINDS.join(', ')}.
             Candidates: ${namesOf(CANDIDATES).join('; ')}`;

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
  const { profile, ...flags } = values;
  if (profile !== undefined) {
    const name = oneOf(namesOf(CANDIDATES), profile, 'candidate');
    return {
      ...flags,
      sections: [],
      profile: { name, kind: oneOf(KINDS, positionals.join(' '), 'kind of request') },
    };
  }
  const chosen = new Set(positionals.map((name) => oneOf([...NAMES, DOCUMENTS], name, 'section')));
  if (!flags.short) {
    return { ...flags, sections: NAMES.filter((name) => chosen.size === 0 || chosen.has(name)) };
  }
  if (chosen.size === 0) return { ...flags, sections: ['requests'] };
  throw new SetupError(`--short measures requests alone: leave it out, or ${positionals.join(' ')}`);
}

function oneOf<Known extends string>(known: readonly Known[], given: string, what: string): Known {
  const found = known.find((name) => name === given);
  if (found === undefined) throw new SetupError(`no ${what} '${given}'. Give one of: ${known.join('; ')}`);
  return found;
}
