/** What was asked for, on standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What a person should know beside it, on standard error. */
export function hint(text: string): void {
  process.stderr.write(`${text}\n`);
}
