import { parseArgs } from 'node:util';
import { SetupError } from '../setup/setup-error.js';
import { CANDIDATES, namesOf } from './candidates.ts';
import { measureLatency } from './latency.ts';
import { measureRedis } from './redis.ts';
import { measureRequests } from './requests.ts';
import { measureStores } from './stores.ts';
import { KINDS } from './workload.ts';

export const SECTIONS = {
  requests: measureRequests,
  redis: measureRedis,
  stores: measureStores,
  latency: measureLatency,
};

const NAMES = Object.keys(SECTIONS) as (keyof typeof SECTIONS)[];

export const USAGE = `npm run bench [-- [--short] [--check] [section]…]
npm run bench -- --profile <candidate> <kind>

Measures what sessions cost, prints the tables, and writes them to docs/bench.md and README.md.
Sections: ${NAMES.join(', ')}. If some are named, it measures only those.

  --short    measures only requests in the equal set-up, in about a minute, and writes nothing
  --check    exit code 1 if a goal is missed by more than the noise
  --profile  the ten functions that take most of a candidate's time, for one kind of request: ${KINDS.join(', ')}.
             Candidates: ${namesOf(CANDIDATES).join('; ')}`;

const FLAG = { type: 'boolean', default: false } as const;

/**
 * @throws {SetupError} for an unknown name, or for arguments that exclude each other
 * @throws {TypeError} for an unknown option
 */
export function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: FLAG, short: FLAG, check: FLAG, profile: { type: 'string' } },
  });
  if (values.profile !== undefined) {
    const name = oneOf(namesOf(CANDIDATES), values.profile, 'candidate');
    const kind = oneOf(KINDS, positionals.join(' '), 'kind of request');
    return { ...values, sections: [], profile: { name, kind } };
  }
  const chosen = positionals.map((name) => oneOf(NAMES, name, 'section'));
  if (values.short && chosen.length > 0) {
    throw new SetupError(`--short measures only requests. Leave out --short, or ${chosen.join(' ')}`);
  }
  const sections = values.short ? (['requests'] as const) : chosen.length > 0 ? chosen : NAMES;
  return { ...values, sections, profile: undefined };
}

function oneOf<Known extends string>(known: readonly Known[], given: string, what: string): Known {
  const found = known.find((name) => name === given);
  if (found === undefined)
    throw new SetupError(`unknown ${what} '${given}'. Use one of: ${known.join('; ')}`);
  return found;
}
