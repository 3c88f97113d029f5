/**
 * The process of one middleware: `child.ts <module> <nth> <id>…` puts these cases to the nth adapter of the module and
 * tells its parent what they find. A process of its own, since the clock is moved and whoever leaves an error uncaught
 * must not end the others.
 */
import { installClock } from './clock.ts';

const clock = installClock();
const [, , module = '', nth = '0', ...ids] = process.argv;

const { adaptersOf } = await import('./adapters.ts');
const { CASES } = await import('./cases.ts');
const { chromiums } = await import('./browsers.ts');
const { runAdapter } = await import('./run-adapter.ts');

const adapter = (await adaptersOf(module))[Number(nth)];
if (!adapter) throw new Error(`${module} has no adapter number ${nth}`);
const cases = CASES.filter(({ id }) => ids.includes(id));
const browsers = chromiums();
await runAdapter(adapter, cases, { clock, browsers }, (id, finding) => process.send?.({ id, finding }));
await browsers.close();
// The browser of a case that took too long may have come later than its end, and would keep this process for ever.
process.once('disconnect', () => process.exit());
process.disconnect?.();
