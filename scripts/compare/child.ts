// `child.ts <module> <nth> <id>…` tries the cases on the nth adapter of the module and sends its parent the findings.
// Each middleware has its own process: its clock is moved, and an error that it does not catch must not end the others.
import { adaptersOf } from './adapters.ts';
import { openChromium } from './browser.ts';
import { CASES } from './cases.ts';
import { runAdapter } from './run-adapter.ts';

const [, , module = '', nth = '0', ...ids] = process.argv;
const adapter = (await adaptersOf(module))[Number(nth)];
if (!adapter) throw new Error(`${module} has no adapter number ${nth}`);
const cases = CASES.filter(({ id }) => ids.includes(id));
await runAdapter(adapter, cases, openChromium, (id, finding) => process.send?.({ id, finding }));
// The browser of a case that took too long may open after the case, and would keep this process running.
process.once('disconnect', () => process.exit());
process.disconnect?.();
