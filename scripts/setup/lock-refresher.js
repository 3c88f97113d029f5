// Tells the others that the owner of a lock is alive. A thread of its own, because what runs under the lock may block the
// main one: a package manager that is asked for its version may download itself first, and a browser may take long to start.
import { existsSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';

/** Ms; a small part of STALE_AFTER. */
const REFRESH_EVERY = 2_000;

/** The owner's file in the lock: gone once another has taken it over. */
const token = workerData;

setInterval(() => {
  if (!existsSync(token)) return;
  const now = new Date();
  utimesSync(dirname(token), now, now);
}, REFRESH_EVERY);
