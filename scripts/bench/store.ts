/** The process of one store: `store.ts <anonymous|users> <sessions>`. It tells its parent what it has found. */
import { churn, type Owners } from './stores/churn.ts';

const [, , owners, held] = process.argv;
const found = await churn(owners as Owners, Number(held));
process.send?.(found, () => process.exit());
