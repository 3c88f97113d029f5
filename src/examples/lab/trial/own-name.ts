/** Characters. Each of the lines that remove a cookie repeats its name. */
export const LONGEST_NAME = 60;

/**
 * Names of the lab's own, `lab` and `lab-…`. The app's cookies are called otherwise, so none of them can be replaced or
 * removed, nor those of other programs on this machine: all ports of a host share their cookies. In ASCII alone, since
 * WebKitGTK takes a line to end at anything else, and would make a cookie without a name of it.
 */
export function isOwnName(name: string): boolean {
  return (
    /^(?:__Host-|__Secure-)?lab(?:-[ -~]*)?$/i.test(name) &&
    !/[=;,]/.test(name) &&
    name.length <= LONGEST_NAME
  );
}
