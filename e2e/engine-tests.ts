/**
 * Which tests run in the engines beside Chromium: of each flow on each storage what the engine decides. That is whether it
 * stores a cookie, sends it, drops it and hides it from scripts, and what it shows after Back, in another tab, after a
 * restart or on another site's wish. What the server decides is the same for all; tried once more it would cost minutes, most
 * of them for the start of processes. With E2E=all all run.
 */
export const engineTests = process.env['E2E'] === 'all' ? {} : { grep: /@engines/ };
