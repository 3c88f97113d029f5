/** What an error says, short enough for a table. */
export function brief(message: string): string {
  // zod's are JSON.
  const inner = /"message": "([^"]+)"/.exec(message)?.[1] ?? message;
  const [line = ''] = inner.split('\n');
  const [sentence = ''] = line.split(/(?<=[\w)'"])[.;:,] /);
  return sentence.length > 120 ? `${sentence.slice(0, 119)}…` : sentence;
}
