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
