import type { Example } from './example.ts';
import { flash } from './flash/route.ts';
import { login } from './login/route.ts';
import { race } from './race/route.ts';
import { remember } from './remember/route.ts';
import { renew } from './renew/route.ts';
import { rolling } from './rolling/route.ts';
import { rotation } from './rotation/route.ts';
import { views } from './views/route.ts';

/** To take an example out, delete its folder, its end-to-end test and its line here. */
export const examples: Example[] = [views, login, rolling, renew, remember, flash, race, rotation];
