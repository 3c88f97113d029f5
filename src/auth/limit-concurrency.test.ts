import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { limitConcurrency } from './limit-concurrency.ts';

/** Tasks that end when they are told to. */
function controlledTasks() {
  const started: string[] = [];
  const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const task = (name: string) => () =>
    new Promise<string>((resolve, reject) => {
      started.push(name);
      ends.set(name, { resolve, reject });
    });
  return {
    started,
    task,
    end: (name: string) => ends.get(name)?.resolve(name),
    fail: (name: string) => ends.get(name)?.reject(new Error(name)),
  };
}

describe('limitConcurrency', () => {
  it('runs no more than it may, and the waiting ones in their order', async () => {
    const { started, task, end } = controlledTasks();
    const limit = limitConcurrency({ running: 2, waiting: 9 });
    const results = Promise.all(['a', 'b', 'c', 'd'].map((name) => limit(task(name))));
    expect(started).toEqual(['a', 'b']);

    end('b');
    await setImmediate();
    expect(started).toEqual(['a', 'b', 'c']);
    end('a');
    end('c');
    await setImmediate();
    end('d');
    expect(await results).toEqual(['a', 'b', 'c', 'd']);
  });

  it('serves clients in turn, and the tasks of each in order', async () => {
    const { started, task, end } = controlledTasks();
    const limit = limitConcurrency({ running: 1, waiting: 9 });
    const tasks = ['first', 'crowd 1', 'crowd 2', 'crowd 3', 'ada 1', 'ada 2', 'bob 1'];
    const results = Promise.all(tasks.map((name) => limit(task(name), name.split(' ')[0])));
    for (const _ of tasks) {
      end(started.at(-1) ?? '');
      await setImmediate();
    }
    expect(started).toEqual(['first', 'crowd 1', 'ada 1', 'bob 1', 'crowd 2', 'ada 2', 'crowd 3']);
    expect(await results).toEqual(tasks);
  });

  it('rejects the newest tasks of a flooding client, so that forty others get in', async () => {
    const { started, task, end } = controlledTasks();
    const limit = limitConcurrency({ running: 2, waiting: 100 });
    const crowd = Array.from({ length: 500 }, (_, nth) => limit(task(`crowd ${nth}`), 'crowd'));
    const others = Array.from({ length: 40 }, (_, nth) => limit(task(`person ${nth}`), `network ${nth}`));
    const ended = Promise.allSettled(crowd);
    for (let at = 0; at < 102; at++) {
      end(started[at] ?? '');
      await setImmediate();
    }
    expect(await Promise.all(others)).toHaveLength(40);
    const outcomes = (await ended).map(({ status }) => status);
    expect(outcomes.lastIndexOf('fulfilled')).toBe(61);
    expect(outcomes.filter((status) => status === 'fulfilled')).toHaveLength(62);
  });

  it('rejects the newcomer when no client has more tasks waiting', async () => {
    const { task, end } = controlledTasks();
    const limit = limitConcurrency({ running: 1, waiting: 2 });
    const waiting = ['a', 'b', 'c'].map((name) => limit(task(name), name));
    await expect(limit(task('d'), 'd')).rejects.toMatchObject({ status: 503 });
    for (const name of ['a', 'b', 'c']) {
      end(name);
      await setImmediate();
    }
    expect(await Promise.all(waiting)).toEqual(['a', 'b', 'c']);
  });

  it('gives the place of a failed task to the next', async () => {
    const { started, task, end, fail } = controlledTasks();
    const limit = limitConcurrency({ running: 1, waiting: 1 });
    const first = limit(task('a'));
    const second = limit(task('b'));

    fail('a');
    await expect(first).rejects.toThrow('a');
    await setImmediate();
    expect(started).toEqual(['a', 'b']);
    end('b');
    expect(await second).toBe('b');
  });

  it('keeps its limit after the queue has run empty', async () => {
    const { started, task, end } = controlledTasks();
    const limit = limitConcurrency({ running: 1, waiting: 1 });
    const first = limit(task('a'));
    end('a');
    await first;
    const later = [limit(task('b')), limit(task('c'))];
    expect(started).toEqual(['a', 'b']);
    end('b');
    await setImmediate();
    end('c');
    expect(await Promise.all(later)).toEqual(['b', 'c']);
  });

  it('sends the next one away with 503 when the queue is full', async () => {
    const { task, end } = controlledTasks();
    const limit = limitConcurrency({ running: 1, waiting: 1 });
    const first = limit(task('a'));
    const second = limit(task('b'));
    await expect(limit(task('c'))).rejects.toMatchObject({
      status: 503,
      expose: true,
      headers: { 'Retry-After': '5' },
    });
    end('a');
    await setImmediate();
    end('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });
});
