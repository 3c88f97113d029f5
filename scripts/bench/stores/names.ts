/** The stores, and what a call of each takes and gives. */
export const STORES = {
  'Map of JSON text': 'text; it bounds and forgets nothing',
  'ours, anonymous': 'text',
  'ours, of users': 'text; each session of another user',
  'lru-cache of objects': 'the very object',
  'express-session, MemoryStore': 'an object, of text; it forgets only what is asked for',
  memorystore: 'an object, of text',
} as const;

export type StoreName = keyof typeof STORES;
