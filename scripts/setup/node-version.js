// Imported before the version is known: keep the syntax to what Node 14 parses.

/**
 * Says in one line that Node is too old.
 *
 * @param {string} running the version that runs, as `process.version` has it: 'v20.19.1'
 * @param {string} range `engines.node` of package.json, of the form '>=20.19'
 * @returns {string | undefined} undefined if `running` will do
 * @throws {Error} if the range has another form
 */
export function nodeProblem(running, range) {
  const wanted = /^>=\s*(\d+)(?:\.(\d+))?$/.exec(range);
  if (wanted === null)
    throw new Error(`engines.node is '${range}': set-up only understands the form '>=20.19'`);
  const [major = 0, minor = 0] = running.replace('v', '').split('.').map(Number);
  const [wantedMajor, wantedMinor] = [Number(wanted[1]), Number(wanted[2] || 0)];
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined;
  return `Node ${range} is needed, this is ${running}. Install a newer one from https://nodejs.org and run this again.`;
}
