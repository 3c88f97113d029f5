import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STALE_AFTER, withLock } from './lock.js';

let parent: string;
let lock: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lock-'));
  lock = join(parent, 'lock');
});
afterEach(() => rmSync(parent, { recursive: true }));

const quick = { retryEvery: 1 };

function makeStale() {
  const longAgo = new Date(Date.now() - STALE_AFTER - 1000);
  utimesSync(lock, longAgo, longAgo);
}

describe('withLock', () => {
  it('lets one in at a time, and everybody in the end', async () => {
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await new Promise(setImmediate);
      log.push(`${name} ends`);
      return name;
    };
    const names = ['a', 'b', 'c'];
    expect(await Promise.all(names.map((name) => withLock(lock, work(name), quick)))).toEqual(names);
    expect(log).toHaveLength(6);
    for (let i = 0; i < 6; i += 2) expect(log[i + 1]).toBe(log[i]?.replace('begins', 'ends'));
    expect(existsSync(lock)).toBe(false);
  });

  it('is released when the work fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('no')), quick)).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });

  it('says once that it waits', async () => {
    mkdirSync(lock);
    let said = 0;
    const onWait = () => {
      said += 1;
      setTimeout(() => rmSync(lock, { recursive: true }), 20);
    };
    await withLock(lock, async () => {}, { ...quick, onWait });
    expect(said).toBe(1);
  });

  it('takes over a lock that was left behind, and only one of those who wait does', async () => {
    mkdirSync(lock);
    writeFileSync(join(lock, 'killed'), '');
    makeStale();
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (inside += 1));
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all([withLock(lock, work, quick), withLock(lock, work, quick)]);
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  it(
    'stays alive while the work lets nothing else run: a program that it waits for, say',
    { timeout: 120_000 },
    async () => {
      const isStale = () => Date.now() - statSync(lock).mtimeMs > STALE_AFTER;
      await withLock(lock, async () => {
        makeStale();
        const clock = new Int32Array(new SharedArrayBuffer(4));
        for (let waits = 0; waits < 200 && isStale(); waits += 1) Atomics.wait(clock, 0, 0, 100);
        expect(isStale()).toBe(false);
      });
    },
  );

  it('is left to the one who has taken it over, after a machine that slept, say', async () => {
    const another = join(lock, 'another');
    await withLock(lock, async () => {
      rmSync(lock, { recursive: true });
      mkdirSync(lock);
      writeFileSync(another, '');
    });
    expect(existsSync(another)).toBe(true);
  });

  it('reports a folder in which it cannot be made', async () => {
    await expect(withLock(join(parent, 'absent', 'lock'), async () => {}, quick)).rejects.toThrow('ENOENT');
  });
});
