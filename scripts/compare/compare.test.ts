import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import type { Adapter, Settings } from './adapter.ts';
import koaSessions from './adapters/koa.ts';
import type { Browser } from './browser.ts';
import type { Case } from './case.ts';
import { CASES, chosen, GROUPS } from './cases.ts';
import { JarClient } from './client.ts';
import { koaAdapter } from './koa.ts';
import { type Finding, NotApplicable } from './outcome.ts';
import { runAdapter } from './run-adapter.ts';

const [inStore, inCookie] = koaSessions;
const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'comparison.md'), 'utf8');

/** As much of a browser as the cases need: unit tests also run where there is none. */
function openNone(): Promise<Browser> {
  return Promise.resolve(
    Object.assign(new JarClient(), { restart: () => Promise.resolve(), close: () => Promise.resolve() }),
  );
}

// Middleware that is wrong on purpose. Each case has to fail on one of these, or on a library that is compared.

/** Every request has its own session. */
const forgetful = koaAdapter({
  name: 'forgetful',
  version: '0',
  mount: (app, settings) => {
    readAll(settings);
    app.context.session = undefined;
    app.use((ctx, next) => {
      put(ctx, { regenerate: () => {} });
      return next();
    });
  },
});

/** All visitors share one session, which never ends, and its cookie has wrong attributes. */
function shared(): Adapter {
  let data: Record<string, unknown> = {};
  return koaAdapter({
    name: 'shared',
    version: '0',
    createStore: () => ({ set: () => {}, destroy: () => {}, get: () => {} }),
    mount: (app, settings, store) => {
      readAll(settings);
      app.use(async (ctx, next) => {
        put(ctx, data);
        ctx.set('Set-Cookie', `${settings.name}=${randomUUID()}; expires=Fri, 01 Jan 2100 00:00:00 GMT`);
        Reflect.apply(Reflect.get(store ?? {}, 'set') as () => void, store, []);
        await next();
      });
    },
    session: () => ({
      get: (key) => data[key],
      set: (key, value) => {
        data[key] = value;
      },
      destroy: () => {},
      regenerate: () => {},
      id: () => 'everybody',
      endOthers: () => {},
      replace: (more) => {
        data = { ...data, ...more };
      },
    }),
  });
}

/** A case about a setting that is not read is n/a. These read all settings and ignore them. */
function readAll(settings: Settings): void {
  Object.values(settings);
}

function put(ctx: Context, session: object): void {
  Object.defineProperty(ctx, 'session', { value: session, configurable: true });
}

const BROKEN: Adapter[] = [forgetful, shared()];

async function findings(adapter: Adapter | undefined, cases: readonly Case[]): Promise<Map<string, Finding>> {
  const found = new Map<string, Finding>();
  if (!adapter) throw new Error('no adapter');
  await runAdapter(adapter, cases, openNone, (id, finding) => void found.set(id, finding));
  return found;
}

/** The cells of a case's row in the committed document. */
function rowOf({ id }: Case): string[] {
  const row = document.split('\n').find((line) => line.startsWith('|') && line.includes(` · \`${id}\``));
  return cellsOf(row ?? '');
}

/** The cells of a row but the first. */
function cellsOf(row: string): string[] {
  return row
    .split(' | ')
    .slice(1)
    .map((cell) => cell.replace('|', '').trim());
}

/** Names of the columns. */
function columnNames(): string[] {
  const head = document.split('\n').find((line) => line.startsWith('| Case'));
  return cellsOf(head ?? '');
}

function named(...ids: string[]): Case[] {
  return CASES.filter(({ id }) => ids.includes(id));
}

// Each starts servers, a hundred or so between them.
describe('the cases', { timeout: 180_000 }, () => {
  it('have each an id of their own, and so do the groups', () => {
    const ids = [...CASES.map(({ id }) => id), ...GROUPS.map(({ name }) => name.toLowerCase())];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('can fail, each of them: on what was compared, or on middleware that is broken on purpose', async () => {
    const unseen = CASES.filter((one) => rowOf(one).every((cell) => cell === '✓' || cell === 'n/a'));
    expect(unseen.length).toBeGreaterThan(0);
    const failed = new Set<string>();
    for (const adapter of BROKEN) {
      for (const [id, { verdict }] of await findings(adapter, unseen))
        if (verdict === 'fails') failed.add(id);
    }
    expect(unseen.map(({ id }) => id).filter((id) => !failed.has(id))).toEqual([]);
  });

  it('find what is known of koa-session', async () => {
    const found = await findings(inStore, named('parallel-keys', 'underscore', 'rolling', 'too-large'));
    expect(Object.fromEntries(found)).toEqual({
      rolling: { verdict: 'passes', saw: '' },
      'parallel-keys': { verdict: 'fails', saw: 'the key of the faster request is lost' },
      underscore: { verdict: 'fails', saw: 'the key is lost, without an error' },
      'too-large': { verdict: 'n/a', saw: 'its sessions are in a store, the cookie has an id' },
    });
  });

  it('are n/a, with the reason, where a middleware lacks the option or the method', async () => {
    const found = await findings(inCookie, named('absolute-end', 'parallel-update'));
    expect([...found.values()]).toEqual([
      { verdict: 'n/a', saw: 'it has no hard end of a session' },
      { verdict: 'n/a', saw: 'it has no atomic update' },
    ]);
  });

  it('are broken, and neither passed nor failed, when they themselves throw', async () => {
    const one: Case = { id: 'x', title: '', run: () => Promise.reject(new Error('a mistake of the kit')) };
    const other: Case = { id: 'y', title: '', run: () => Promise.reject(new NotApplicable('because')) };
    const found = await findings(inStore, [one, other]);
    expect(found.get('x')).toEqual({
      verdict: 'broken',
      saw: expect.stringContaining('a mistake of the kit'),
    });
    expect(found.get('y')).toEqual({ verdict: 'n/a', saw: 'because' });
  });
});

describe('docs/comparison.md', () => {
  it('has exactly the cases of the kit, by group', () => {
    const sections = document
      .split('\n## ')
      .map((section) => [
        section.split('\n', 1)[0],
        [...section.matchAll(/^\|.*? · `([\w-]+)`/gm)].map(([, id]) => id),
      ]);
    const known = GROUPS.map(({ name, cases }) => [name, cases.map(({ id }) => id)]);
    expect(sections.filter(([, ids]) => ids && ids.length > 0)).toEqual(known);
  });

  it('says of each n/a why, and of each ✗ what was seen', () => {
    for (const one of CASES) {
      for (const mark of ['✗', 'n/a'].filter((mark) => rowOf(one).includes(mark))) {
        expect(document).toMatch(new RegExp(`^- \`${one.id}\` (.*\\. )?${mark} \\S`, 'm'));
      }
    }
  });

  it("shows each of koa-session's 22 defects, or says how it is checked", () => {
    const rows = [...document.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 22 }, (_none, at) => at + 1),
    );
    expect(document).not.toContain('NOT SEEN');
  });

  it('gives the number of a defect to no case that koa-session passes', () => {
    const numbered = CASES.filter(({ defect }) => defect !== undefined);
    const columns = columnNames().flatMap((name, at) => (name.startsWith('koa-session') ? [at] : []));
    expect(columns).toHaveLength(2);
    const passed = numbered.filter((one) => columns.every((at) => rowOf(one)[at] !== '✗'));
    expect(passed.map(({ id }) => id)).toEqual([]);
  });
});

describe('--only', () => {
  it('takes cases and groups by name', () => {
    expect(chosen(['races']).map(({ name }) => name)).toEqual(['Races']);
    expect(chosen(['views']).flatMap(({ cases }) => cases.map(({ id }) => id))).toEqual(['views']);
  });

  it('names what there is when there is none of that name', () => {
    expect(() => chosen(['speed'])).toThrow(/--only speed: no such case or group. Give one of flows, views/);
  });
});
