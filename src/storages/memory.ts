import { MemoryStore } from '../session/index.ts';
import { commonOptions, type LocalSurroundings, type Storage } from './storage.ts';

/** For one process. The sessions are gone when it ends. */
export function openMemory(surroundings: LocalSurroundings): Storage {
  return {
    name: 'memory',
    title: 'Memory',
    where: 'In the memory of the server. The browser only has the id, sealed.',
    options: { ...commonOptions(surroundings), store: new MemoryStore() },
  };
}
