/** Characters of a value that a message shows. */
const SHOWN = 60;

/** A value that was seen, for messages; of a long one its beginning and its length. */
export function quoted(value: string): string {
  return value.length > SHOWN ? `"${value.slice(0, SHOWN)}…" (${value.length} characters)` : `"${value}"`;
}
