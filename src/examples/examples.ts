import type { Example } from './example.ts';
import { login } from './login/route.ts';
import { renew } from './renew/route.ts';
import { rolling } from './rolling/route.ts';
import { views } from './views/route.ts';

/** To take an example out, delete its folder, its end-to-end test and its line here. */
export const examples: Example[] = [views, login, rolling, renew];
