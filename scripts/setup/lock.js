import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** A lock that its owner has not refreshed for so long, in ms, was left behind by a process that was killed. */
export const STALE_AFTER = 30_000;

/**
 * Runs `work` while no other process runs its own under the same lock, and waits for as long as one does. The lock is a
 * directory because its creation is atomic on every file system, network and container mounts included.
 *
 * @template T
 * @param {string} directory the lock; its parent must exist
 * @param {() => Promise<T>} work
 * @param {{ onWait?: () => void, retryEvery?: number }} [options] `onWait` is called once if the lock is taken;
 *   `retryEvery`: ms between attempts, 200 by default
 * @returns {Promise<T>} what `work` returns
 */
export async function withLock(directory, work, { onWait = () => {}, retryEvery = 200 } = {}) {
  const token = join(directory, `${process.pid}-${Math.random().toString(36).slice(2)}`);
  let waited = false;
  while (!(await take(directory, token))) {
    if (!waited) onWait();
    waited = true;
    await sleep(retryEvery);
  }
  const refresher = new Worker(new URL('lock-refresher.js', import.meta.url), { workerData: token });
  try {
    return await work();
  } finally {
    await refresher.terminate();
    if (existsSync(token)) rmSync(directory, { recursive: true });
  }
}

/**
 * @param {string} directory
 * @param {string} token
 */
async function take(directory, token) {
  const broken = age(directory) > STALE_AFTER;
  if (broken) rmSync(directory, { recursive: true, force: true });
  try {
    mkdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(token, '');
  // Two processes that find the same stale lock may both remove it, the second one removing the first one's new lock:
  // see who is left once both are through.
  if (broken) await sleep(100);
  return existsSync(token);
}

/** @param {string} directory */
function age(directory) {
  const stat = statSync(directory, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
}
