import { table, thousands } from '../scale/markdown.ts';
import { STORED_BYTES, STORES as GOALS } from './goals.ts';
import { HELD, OWNERS, SIZES, type StoresMeasured } from './stores.ts';
import type { Filled } from './stores/filling.ts';
import { STORES, type StoreName } from './stores/names.ts';
import { judge, type Verdict } from './verdict.ts';

const MILLION = 1_000_000;
const OURS = ['ours, anonymous', 'ours, of users'] as const;

export function storeTables({ filled, churned }: StoresMeasured): string[] {
  const names = Object.keys(STORES) as StoreName[];
  const sizes = SIZES.map(thousands);
  const cells = (name: StoreName, show: (filled: Filled) => string): string[] =>
    SIZES.map((size) => {
      const one = filled[name]?.[size];
      return typeof one === 'object' ? show(one) : (one ?? '');
    });
  return [
    table(
      ['Bytes of a session', ...sizes, 'A call takes and gives'],
      names.map((name) => [
        name,
        ...cells(name, ({ bytes }) => (bytes === undefined ? '' : thousands(bytes))),
        STORES[name],
      ]),
    ),
    table(
      ['Create / get / update, ns', ...sizes],
      names.map((name) => [
        name,
        ...cells(name, ({ create, get, update }) => [create, get, update].map(thousands).join(' / ')),
      ]),
    ),
    table(
      ['Longest call that creates, ms', ...sizes],
      names.map((name) => [name, ...cells(name, ({ longest }) => longest.toFixed(1))]),
    ),
    table(
      ['Under churn, ours', 'Sessions', 'Request, p50, µs', 'Request, p99.9, µs', 'Longest call, ms'],
      OWNERS.flatMap((owners) =>
        Object.entries(HELD).map(([held, count]) => {
          const { p50, p999, longest } = churned[owners][held as keyof typeof HELD];
          return [owners, thousands(count), p50.toFixed(1), p999.toFixed(1), longest.toFixed(2)];
        }),
      ),
    ),
  ];
}

export function storeVerdicts({ filled, churned }: StoresMeasured): Verdict[] {
  return [
    ...OURS.flatMap((name) => {
      const [small, large] = [filled[name]?.[1000], filled[name]?.[MILLION]];
      if (typeof small !== 'object' || typeof large !== 'object') {
        throw new Error(`${name} was not measured at ${thousands(MILLION)} sessions`);
      }
      return [
        judge(`${name}, resident bytes of one of 1,000,000`, large.bytes ?? Number.NaN, STORED_BYTES[name]),
        judge(`${name}, get at 1,000,000, of that at 1,000`, large.get / small.get, GOALS.get),
      ];
    }),
    ...OWNERS.flatMap((owners) => {
      const { empty, full } = churned[owners];
      return [
        judge(
          `churn of ${owners}, p99.9 at 1,000,000, of the empty store's`,
          full.p999 / empty.p999,
          GOALS.churn,
        ),
        // A time and no ratio: it is told, but on a slower machine it would be no fault.
        { ...judge(`churn of ${owners}, the longest call, ms`, full.longest, GOALS.longest), holds: true },
      ];
    }),
  ];
}
