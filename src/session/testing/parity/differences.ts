import type { Comparable } from './normalize.ts';
import type { Op, Options, Step } from './scenario.ts';

/** One request as both sides answered it, and the steps before it. */
export interface Case {
  options: Options;
  step: Step & { kind: 'request' };
  /** All steps up to and including this one. */
  history: Step[];
  koa: Comparable;
  ours: Comparable;
}

/** An intended difference. Where one explains a case, the comparison of its scenario ends. */
interface Difference {
  name: string;
  explains: (seen: Case) => boolean;
}

const ONE_DAY = 86_400_000;
const RESERVED = new Set(['save', 'length', '__proto__']);

/** Every deliberate difference from koa-session 7.0.2, with the number in the list of defects. */
export const DIFFERENCES: Difference[] = [
  {
    name: '4: after null, or regenerate, the session has another id and says so',
    explains: ({ options, step }) =>
      options.mode !== 'cookie' &&
      (follows(step.ops, 'end', 'assign') || (uses(step, 'regenerate') && uses(step, 'externalKey'))),
  },
  {
    name: "7: keys that begin with '_' are kept",
    explains: ({ history }) => writes(history, (key) => key === '_private'),
  },
  {
    name: '7: keys that the session uses itself throw',
    explains: ({ step, ours }) => ours.status === 500 && writes([step], (key) => RESERVED.has(key)),
  },
  {
    name: '7: __proto__ in a cookie reaches no prototype',
    explains: ({ history, options }) => options.signed === false && tampers(history, 'prototype'),
  },
  {
    name: '7: a cookie that holds no object is no session',
    explains: ({ history, options, ours }) =>
      options.signed === false &&
      options.mode === 'cookie' &&
      tampers(history, 'JSON array') &&
      ours.events.some(({ name }) => name === 'invalid'),
  },
  {
    name: '8: an asynchronous valid is awaited',
    explains: ({ options, ours }) =>
      options.valid === 'async' && ours.events.some(({ name }) => name === 'invalid'),
  },
  {
    name: '8: in cookie mode valid has the session loaded even if no handler reads it',
    explains: ({ options, step, koa, ours }) =>
      options.mode === 'cookie' && options.valid !== 'no' && !loads(step) && koa.status === ours.status,
  },
  {
    name: '11: rolling and renew hold in cookie mode even if no handler reads the session',
    explains: ({ options, step, koa }) =>
      options.mode === 'cookie' &&
      (options.rolling === true || options.renew === true) &&
      options.autoCommit !== false &&
      !loads(step) &&
      koa.setCookie.length === 0,
  },
  {
    name: "12: a second save of the request still knows maxAge 'session'",
    explains: ({ options, history, step, koa }) =>
      (options.maxAge === 'session' ||
        history.some((one) => one.kind === 'request' && setsMaxAge(one.ops))) &&
      savesByHand(step) &&
      hasForgottenSession(koa),
  },
  {
    name: '14: after a rotation of the keys the cookie is sent again, whole',
    explains: ({ history, koa, ours }) =>
      history.some(({ kind }) => kind === 'rotate keys') &&
      koa.setCookie.every(({ name }) => name.endsWith('.sig')) &&
      koa.setCookie.some(({ attributes }) => !('expires' in attributes) && !('samesite' in attributes)) &&
      equal({ ...ours, setCookie: koa.setCookie }, koa),
  },
  {
    name: 'of several cookies of one name the valid one counts',
    explains: ({ step, history }) =>
      step.cookies === 'foreign first' ||
      (step.cookies === 'foreign last' && history.some(({ kind }) => kind === 'tamper')),
  },
  {
    name: '15: an error downstream does not take the cookie with it',
    explains: ({ step, koa, ours }) =>
      uses(step, 'throw') &&
      ours.setCookie.length > koa.setCookie.length &&
      equal({ ...ours, setCookie: koa.setCookie }, koa),
  },
  {
    name: '21: nothing is stored or destroyed for a cookie that cannot be sent',
    explains: ({ options, koa, ours }) =>
      options.secure === true &&
      ours.calls.every(({ method }) => method === 'get') &&
      equal({ ...koa, calls: [] }, { ...ours, calls: [] }),
  },
  {
    name: 'with externalKey, regenerate sends no deletion of a cookie that is not used',
    explains: ({ options, step, koa, ours }) =>
      options.mode === 'externalKey' &&
      uses(step, 'regenerate') &&
      (equal(koa.calls, ours.calls) || options.secure === true) &&
      ours.setCookie.length === 0,
  },
  {
    name: "16: a failing save does not mask the handler's own error",
    explains: ({ step, koa, ours }) =>
      uses(step, 'throw') && koa.status === 500 && koa.status !== ours.status,
  },
  {
    name: '18: an emptied session is removed, which a Secure cookie over http cannot be',
    explains: ({ options, step, koa, ours }) =>
      options.mode === 'cookie' &&
      options.secure === true &&
      (step.ops.some((one) => one.op === 'assign' && Object.keys(one.data).length === 0) ||
        follows(step.ops, 'assign', 'delete')) &&
      koa.setCookie.length === 0 &&
      ours.status === 500,
  },
  {
    name: '18: an emptied session is removed',
    explains: ({ options, step, koa, ours }) =>
      options.mode === 'cookie'
        ? ours.setCookie.some(({ value }) => value === '') &&
          !koa.setCookie.some(({ value }) => value === '') &&
          touches(step)
        : ours.calls.some(({ method }) => method === 'destroy') &&
          (savesByHand(step) || koa.calls.some(({ record }) => isEmptyRecord(record))),
  },
  {
    name: '3: data that is changed back after save() is saved, too, since it differs from what is stored',
    explains: ({ step, koa, ours }) => changesAfterSave(step) && koa.status === ours.status,
  },
  {
    name: '18: data that was saved by hand is not saved again',
    explains: ({ options, step, koa, ours }) =>
      savesByHand(step) && (options.beforeSave || sets(koa) > sets(ours)),
  },
];

/** The name of defect 12. */
export const UNDATED = '12: without maxAge the first cookie is dated like all others';

/** The name of the other difference that can occur with any. */
export const FOREIGN_SIGNATURE =
  'a wrong signature may be that of another app on the same host, and is not deleted';

/**
 * The name of the difference that explains a case; undefined: none does.
 *
 * Two differences can occur with any other, so both are checked first and removed. Without `maxAge` koa-session uses
 * one day on the server, and no end in the browser until the session is loaded again. And as soon as it reads a cookie
 * whose signature is wrong, the cookie library deletes the signature.
 */
export function explain(seen: Case): string | undefined {
  let rest = seen;
  if (seen.options.maxAge === undefined) {
    rest = { ...rest, koa: withoutDates(rest.koa), ours: withoutDates(rest.ours) };
    if (equal(rest.koa, rest.ours)) return UNDATED;
  }
  rest = { ...rest, koa: withoutDeletedSignature(rest.koa) };
  if (equal(rest.koa, rest.ours)) return FOREIGN_SIGNATURE;
  return DIFFERENCES.find(({ explains }) => explains(rest))?.name;
}

function withoutDates(side: Comparable): Comparable {
  return {
    ...side,
    // The result of `look` is a list that has the maxAge.
    body: Array.isArray(side.body)
      ? side.body.map((part: unknown) =>
          Array.isArray(part) && part.length === 5 ? part.with(3, 'maxAge') : part,
        )
      : side.body,
    calls: side.calls.map((call) => (call.method === 'get' ? { ...call, maxAge: 'undated' } : call)),
    setCookie: side.setCookie.map((cookie) => {
      const { expires, ...attributes } = cookie.attributes;
      // A deletion has the same date on both sides.
      return cookie.value === '' ? cookie : { ...cookie, attributes };
    }),
  };
}

function withoutDeletedSignature(side: Comparable): Comparable {
  return { ...side, setCookie: side.setCookie.filter((cookie) => !isDeletedSignature(cookie)) };
}

/** Deleted with the attributes of the cookie library, and not those of the session. */
function isDeletedSignature({ name, value, attributes }: Comparable['setCookie'][number]): boolean {
  return name.endsWith('.sig') && value === '' && !('samesite' in attributes);
}

function uses(step: Step & { kind: 'request' }, op: Op['op']): boolean {
  return step.ops.some((one) => one.op === op);
}

function savesByHand(step: Step & { kind: 'request' }): boolean {
  return uses(step, 'save') || uses(step, 'regenerate') || uses(step, 'manuallyCommit');
}

function touches(step: Step & { kind: 'request' }): boolean {
  return step.ops.some((one) => one.op !== 'throw');
}

function changesAfterSave({ ops }: Step & { kind: 'request' }): boolean {
  const at = ops.findIndex(({ op }) => ['save', 'regenerate', 'manuallyCommit'].includes(op));
  return at >= 0 && ops.slice(at + 1).some(({ op }) => ['write', 'delete', 'mutate', 'assign'].includes(op));
}

/** Whether koa-session has to load the session: not if the handler first sets or ends it. */
function loads({ ops }: Step & { kind: 'request' }): boolean {
  const first = ops[0]?.op;
  return first !== undefined && first !== 'throw' && first !== 'assign' && first !== 'end';
}

function follows(ops: Op[], first: Op['op'], then: Op['op']): boolean {
  const at = ops.findIndex((one) => one.op === first);
  return at >= 0 && ops.slice(at + 1).some((one) => one.op === then);
}

function setsMaxAge(ops: Op[]): boolean {
  return ops.some((one) => one.op === 'setMaxAge' && one.value === 'session');
}

function writes(steps: Step[], matches: (key: string) => boolean): boolean {
  return steps.some(
    (step) => step.kind === 'request' && step.ops.some((one) => one.op === 'write' && matches(one.key)),
  );
}

function tampers(history: Step[], how: string): boolean {
  return history.some((step) => step.kind === 'tamper' && step.how === how);
}

function isEmptyRecord(record: object | undefined): boolean {
  return (
    record !== undefined &&
    Object.keys(record).every((key) => ['_expire', '_maxAge', '_session', 'saves'].includes(key))
  );
}

/** koa-session has a session without maxAge, or falls back to its default of one day. */
function hasForgottenSession({ body, calls, setCookie }: Comparable): boolean {
  return (
    (Array.isArray(body) && body.some((part: unknown) => Array.isArray(part) && part[3] === undefined)) ||
    calls.some(({ record }) => record?._maxAge === ONE_DAY) ||
    setCookie.some(({ value }) =>
      (['base64', 'hex'] as const).some((encoding) =>
        Buffer.from(String(value), encoding).toString().includes(`"_maxAge":${ONE_DAY}`),
      ),
    )
  );
}

function sets({ calls }: Comparable): number {
  return calls.filter(({ method }) => method === 'set').length;
}

function equal(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
