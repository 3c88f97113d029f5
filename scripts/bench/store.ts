/** The process of one store: `store.ts fill <store> <size>` or `store.ts churn <anonymous|users> <size>`. It tells its parent. */
import { churn } from './stores/churn.ts';
import { fill } from './stores/filling.ts';
import type { StoreName } from './stores/names.ts';

const [, , what, name, size] = process.argv;
const found =
  what === 'fill'
    ? await fill(name as StoreName, Number(size))
    : await churn(({ userId }) => (name === 'users' ? userId : undefined), Number(size));
process.send?.(found, () => process.exit());
