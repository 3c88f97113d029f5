import { parseArgs } from 'node:util';
import { SetupError } from '../setup/setup-error.js';
import { measureLatency } from './latency.ts';
import { measureRedis } from './redis.ts';
import { measureRequests } from './requests.ts';
import { measureStores } from './stores.ts';

export const SECTIONS = {
  requests: measureRequests,
  redis: measureRedis,
  stores: measureStores,
  latency: measureLatency,
};

const NAMES = Object.keys(SECTIONS) as (keyof typeof SECTIONS)[];

export const USAGE = `npm run bench [-- [--short] [--check] [section]…]

Measures what sessions cost, prints the tables, and writes them to docs/bench.md and README.md.
Sections: ${NAMES.join(', ')}. If some are named, it measures only those.

  --short  measures only requests in the equal set-up, in about a minute, and writes nothing
  --check  exit code 1 if a goal is missed by more than the noise`;

const FLAG = { type: 'boolean', default: false } as const;

/**
 * @throws {SetupError} for an unknown name, or for arguments that exclude each other
 * @throws {TypeError} for an unknown option
 */
export function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: FLAG, short: FLAG, check: FLAG },
  });
  const chosen = positionals.map((given) => {
    const found = NAMES.find((name) => name === given);
    if (found) return found;
    throw new SetupError(`unknown section '${given}'. Use one of: ${NAMES.join('; ')}`);
  });
  if (values.short && chosen.length > 0) {
    throw new SetupError(`--short measures only requests. Leave out --short, or ${chosen.join(' ')}`);
  }
  const sections = values.short ? (['requests'] as const) : chosen.length > 0 ? chosen : NAMES;
  return { ...values, sections };
}
