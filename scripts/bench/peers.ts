import { peersIn } from '../peers.ts';

/** The packages that only the benchmark needs. */
export const peers = peersIn(import.meta.dirname);
