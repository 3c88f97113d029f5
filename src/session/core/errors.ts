/** The session ended, or went on under another id, while this request was under way: nothing was stored. */
export class SessionGoneError extends Error {
  readonly code = 'ERR_SESSION_GONE';
  /** 409 Conflict, unless the handler catches it: nothing is wrong with the request but its moment. */
  readonly status = 409;
  readonly expose = true;

  constructor() {
    super('The session has ended or changed in the meantime. Reload the page and try again.');
    this.name = 'SessionGoneError';
  }
}

/**
 * The store cannot be reached, and what was asked for would have to hold there. The message says what was and was not done.
 * Only with `onStoreError: 'cookie'`.
 */
export class StoreUnavailableError extends Error {
  readonly code = 'ERR_SESSION_STORE_UNAVAILABLE';
  /** 503 Service Unavailable, unless the handler catches it. */
  readonly status = 503;
  readonly expose = true;
  /** When to try again, in seconds. */
  readonly headers = { 'Retry-After': '30' };

  constructor(purpose: keyof typeof REFUSALS, cause?: unknown) {
    super(`${REFUSALS[purpose]} Please try again in a moment.`, { cause });
    this.name = 'StoreUnavailableError';
  }
}

/** What was and was not done, by what was asked for. `ending`: the store was asked, and did not answer. `retire`: the new id is given, and the old one is to end. */
const REFUSALS = {
  end: 'You are not logged out: the session could not be ended, since the session store cannot be reached. It is still good.',
  ending:
    'You may not be logged out: the session store did not answer when the session was to be ended, and it may still be good.',
  list: 'The sessions cannot be listed, since the session store cannot be reached.',
  others: 'The other sessions may not have ended, or not all of them: the session store cannot be reached.',
  renew:
    'The session goes on as it was: it could not get a new id, since the session store cannot be reached or takes no writes.',
  check:
    'Your session cannot be checked, since the place where ended sessions are remembered cannot be reached.',
  retire:
    'The session has a new id, but the old one may still be good: it could not be ended, since the session store cannot be reached.',
  'log in':
    'Nobody was logged in, and the session goes on as it was: the session store cannot be reached, and without it nobody could be logged out.',
};
