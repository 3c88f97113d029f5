/** A change of one file: what is taken out, and what is put there. */
export interface Edit {
  file: string;
  /** A text that the file has exactly once, or an expression. */
  cut: string | RegExp;
  /** @default nothing */
  put?: string;
}

/**
 * Makes the changes, in their order.
 *
 * @param files content by path
 * @returns all files, changed or not
 * @throws {Error} when a file is missing or does not have what an edit takes out: the template and its edits have
 *   grown apart
 */
export function edited(files: ReadonlyMap<string, string>, edits: readonly Edit[]): Map<string, string> {
  const result = new Map(files);
  for (const { file, cut, put = '' } of edits) {
    const before = result.get(file);
    if (before === undefined) throw new Error(`An edit is of ${file}, which is not in the template`);
    const found =
      typeof cut === 'string'
        ? before.split(cut).length - 1
        : Array.from(before.matchAll(new RegExp(cut, 'g'))).length;
    if (found !== 1) throw new Error(`${file} has what an edit takes out ${found} times: ${String(cut)}`);
    result.set(
      file,
      before.replace(cut, () => put),
    );
  }
  return result;
}
