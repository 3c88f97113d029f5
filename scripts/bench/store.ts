/** The process of one store: `store.ts <anonymous|users> <sessions>`. It prints its measurements as JSON. */
import { churn, type Owners } from './churn.ts';

const [, , owners, held] = process.argv;
console.log(JSON.stringify(await churn(owners as Owners, Number(held))));
