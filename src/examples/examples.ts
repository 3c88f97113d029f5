import { flash } from './flash/route.ts';
import { lab } from './lab/route.ts';
import { race } from './race/route.ts';
import { remember } from './remember/route.ts';
import { renew } from './renew/route.ts';
import { rolling } from './rolling/route.ts';
import { rotation } from './rotation/route.ts';
import { views } from './views/route.ts';

/** In the order of the navigation. `npm run remove -- <name>` removes one. */
export const examples = {
  views,
  rolling,
  renew,
  remember,
  flash,
  race,
  rotation,
  lab,
};
