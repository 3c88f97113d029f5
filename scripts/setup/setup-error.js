/** Something that a person has to correct. The message says what and how, so no stack is shown with it. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}
