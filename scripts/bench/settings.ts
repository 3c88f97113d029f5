/** In ms; how long a session lives in all apps. */
export const DAY = 24 * 60 * 60 * 1000;

/** What signs and seals in all apps. */
export const KEY = 'the-key-of-the-benchmark-32-bytes';

/** As after a change of keys. */
export const KEYS = [KEY, 'the-old-key-of-the-benchmark-32-b'];
