/**
 * Which tests run in the engines beside Chromium: page views, login, logout, rolling, renew and restart, and where engines
 * differ, on one storage. What the server decides is the same for all; tried once more it would cost minutes, most of them
 * for the start of processes. With E2E=all each engine runs all tests that it can, as `npm run test:all` has it.
 *
 * One worker per engine: each worker starts its own browser.
 */
export const engineTests = process.env['E2E'] === 'all' ? {} : { grep: /@engines/, workers: 1 };
