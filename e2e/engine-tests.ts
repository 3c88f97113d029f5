/**
 * Which tests run in the engines beside Chromium: those of what an engine decides, and where engines differ, on one
 * storage. What the server decides is the same for all; tried once more it would cost minutes, most of them for the start
 * of processes. With E2E=all all tests run in all engines, as `npm run test:all` has it.
 *
 * One worker for each, since each starts a browser of its own, beside those of Chromium's tests.
 */
export const engineTests = process.env['E2E'] === 'all' ? {} : { grep: /@engines/, workers: 1 };
