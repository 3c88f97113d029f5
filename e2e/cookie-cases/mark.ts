/** Four characters that only one case has in its cookies, so that all cases can share a browser. */
export function markOf(index: number): string {
  return `x${String(index).padStart(3, '0')}`;
}

/** A line as it is sent: with the mark for `#`, and a date for `<in 30 days>`. */
export function written(line: string, mark: string, now: number): string {
  return line
    .replaceAll('#', mark)
    .replaceAll(/<in (\d+) days>/g, (_, days: string) =>
      new Date(now + Number(days) * 86_400_000).toUTCString(),
    );
}
