/** Seeds everything that is random in these tests. */
export const SEED = Number(process.env['STORE_SEED'] || Date.now() % 2 ** 31);

/** Mulberry32: small, and the same on every machine. */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets other calls go first, a random number of times: the seed decides the order, and not the machine. */
export async function turns(random: () => number): Promise<void> {
  for (let left = Math.floor(random() * 5); left > 0; left -= 1) {
    await new Promise((done) => setImmediate(done));
  }
}
