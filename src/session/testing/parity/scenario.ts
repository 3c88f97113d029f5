import fc from 'fast-check';

/** One thing a handler does with its session. */
export type Op =
  | { op: 'read'; key: string }
  | { op: 'write'; key: string; value: unknown }
  | { op: 'delete'; key: string }
  | { op: 'mutate'; key: string }
  | { op: 'assign'; data: Record<string, unknown> }
  | { op: 'end' }
  | { op: 'regenerate'; how: Waiting }
  | { op: 'save'; how: Waiting }
  | { op: 'manuallyCommit' }
  | { op: 'setMaxAge'; value: number | 'session' }
  | { op: 'look' }
  | { op: 'externalKey' }
  | { op: 'throw'; what: 'http' | 'error' | 'string' };

export type Waiting = 'await' | 'callback';

export type Step =
  | { kind: 'request'; ops: Op[]; cookies: 'as they are' | 'foreign first' | 'foreign last' }
  | { kind: 'wait'; ms: number }
  | { kind: 'tamper'; how: Tampering }
  | { kind: 'rotate keys' }
  | { kind: 'swap sides' };

export type Tampering =
  | 'flip a character'
  | 'drop the signature'
  | 'empty'
  | 'binary'
  | 'oversized'
  | 'not JSON'
  | 'JSON null'
  | 'JSON array'
  | 'prototype';

export interface Options {
  mode: 'cookie' | 'store' | 'ContextStore' | 'externalKey';
  isAsync: boolean;
  maxAge?: number | 'session' | undefined;
  sameSite?: 'lax' | 'strict' | 'none' | null | undefined;
  valid: 'no' | 'sync' | 'async';
  beforeSave: boolean;
  key?: string | undefined;
  autoCommit?: boolean | undefined;
  overwrite?: boolean | undefined;
  httpOnly?: boolean | undefined;
  signed?: boolean | undefined;
  secure?: boolean | undefined;
  rolling?: boolean | undefined;
  renew?: boolean | undefined;
  path?: string | undefined;
  domain?: string | undefined;
  prefix?: string | undefined;
  priority?: 'low' | 'medium' | 'high' | undefined;
  partitioned?: boolean | undefined;
  codec: 'default' | 'hex' | 'throwing';
}

export interface Scenario {
  options: Options;
  steps: Step[];
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;

// Few keys and values, so that steps often write an equal value, delete an existing key or empty the session.
const key = fc.constantFrom('a', 'b');
const anyKey = fc.oneof(
  { weight: 30, arbitrary: key },
  fc.constantFrom('_private', 'save', 'length', 'toString', 'constructor', '__proto__'),
);
const value = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<unknown>(0, 1, 'x', null, { n: 1 }, [1]) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
const waiting = fc.constantFrom<Waiting>('await', 'callback');

function weighted(arbitraries: [number, fc.Arbitrary<Op>][]): fc.Arbitrary<Op> {
  return fc.oneof(...arbitraries.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const op = weighted([
  [6, fc.record({ op: fc.constant('read'), key })],
  [8, fc.record({ op: fc.constant('write'), key: anyKey, value })],
  [3, fc.record({ op: fc.constant('delete'), key })],
  [2, fc.record({ op: fc.constant('mutate'), key })],
  [2, fc.record({ op: fc.constant('assign'), data: fc.dictionary(fc.constantFrom('a', 'b'), value) })],
  [2, fc.constant({ op: 'end' })],
  [1, fc.record({ op: fc.constant('regenerate'), how: waiting })],
  [1, fc.record({ op: fc.constant('save'), how: waiting })],
  [1, fc.constant({ op: 'manuallyCommit' })],
  [
    1,
    fc.record({
      op: fc.constant('setMaxAge'),
      value: fc.constantFrom<number | 'session'>(5 * SECOND, DAY, 'session'),
    }),
  ],
  [3, fc.constant({ op: 'look' })],
  [1, fc.constant({ op: 'externalKey' })],
  [1, fc.record({ op: fc.constant('throw'), what: fc.constantFrom('http', 'error', 'string') })],
]);

const request = fc.record({
  kind: fc.constant('request'),
  ops: fc.array(op, { maxLength: 4 }),
  cookies: fc.oneof(
    { weight: 12, arbitrary: fc.constant('as they are') },
    { weight: 1, arbitrary: fc.constantFrom('foreign first', 'foreign last') },
  ),
});

const step = fc.oneof(
  { weight: 12, arbitrary: request },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait'),
      ms: fc.constantFrom(SECOND, 40 * SECOND, 70 * SECOND, DAY + SECOND),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('tamper'),
      how: fc.constantFrom<Tampering>(
        'flip a character',
        'drop the signature',
        'empty',
        'binary',
        'oversized',
        'not JSON',
        'JSON null',
        'JSON array',
        'prototype',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'rotate keys' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'swap sides' }) },
) as fc.Arbitrary<Step>;

/** Mostly unset, as in most apps. */
function seldom<T>(...values: T[]): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.constantFrom(...values));
}

const options: fc.Arbitrary<Options> = fc.record({
  mode: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Options['mode']>('cookie', 'store') },
    { weight: 1, arbitrary: fc.constantFrom<Options['mode']>('ContextStore', 'externalKey') },
  ),
  isAsync: fc.boolean(),
  maxAge: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom<number | 'session'>(60 * SECOND, DAY, 'session') },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  sameSite: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('lax', 'strict', 'none', undefined) },
    fc.constant(null),
  ),
  valid: fc.oneof({ weight: 8, arbitrary: fc.constant('no') }, fc.constantFrom('sync', 'async')),
  beforeSave: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
  key: seldom('sid', 'a.b'),
  autoCommit: seldom(false, true),
  overwrite: seldom(false, true),
  httpOnly: seldom(false, true),
  signed: seldom(false, true),
  secure: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constantFrom(false, true)),
  rolling: fc.constantFrom(true, false, undefined, undefined),
  renew: fc.constantFrom(true, false, undefined),
  path: seldom('/', '/app'),
  domain: seldom('example.com'),
  prefix: seldom('pre:'),
  priority: seldom('high'),
  partitioned: seldom(true),
  codec: fc.oneof({ weight: 8, arbitrary: fc.constant('default') }, fc.constantFrom('hex', 'throwing')),
}) as fc.Arbitrary<Options>;

/** A set-up and the steps that follow. */
export const scenario: fc.Arbitrary<Scenario> = fc.record({
  options,
  steps: fc.array(step, { minLength: 3, maxLength: 14 }),
});
