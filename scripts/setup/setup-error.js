/** Something a person has to put right; the message says what and how, so no stack is shown with it. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/** A person stopped the set-up (Ctrl-C) or the system did: nothing else is to be tried. */
export class Interrupted extends SetupError {
  /** @override */
  name = 'Interrupted';
}
