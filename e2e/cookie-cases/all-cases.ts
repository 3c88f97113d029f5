import { domains } from './cases/domains.ts';
import { lifetimes } from './cases/lifetimes.ts';
import { overwriting } from './cases/overwriting.ts';
import { parsing } from './cases/parsing.ts';
import { paths } from './cases/paths.ts';
import { prefixes } from './cases/prefixes.ts';
import { restarts } from './cases/restarts.ts';
import { sameSite } from './cases/same-site.ts';
import { schemes } from './cases/schemes.ts';
import { sizes } from './cases/sizes.ts';
import { thirdParty } from './cases/third-party.ts';
import type { CaseGroup } from './cookie-case.ts';

export const GROUPS: readonly CaseGroup[] = [
  parsing,
  sizes,
  prefixes,
  sameSite,
  schemes,
  domains,
  paths,
  lifetimes,
  overwriting,
  thirdParty,
  restarts,
];
