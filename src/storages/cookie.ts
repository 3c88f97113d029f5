import { MemoryRevocations } from '../session/index.ts';
import { commonOptions, type LocalSurroundings, type Storage } from './storage.ts';

/** For one process, which remembers the sessions that were ended. */
export function openCookie(surroundings: LocalSurroundings): Storage {
  const revocations = new MemoryRevocations({ now: surroundings.now });
  return {
    name: 'cookie',
    title: 'Cookie',
    where: 'In the browser: the cookie holds the whole session, sealed: only the server can read or make it.',
    options: { ...commonOptions(surroundings), revocations },
  };
}
