import type { Example } from '../example.ts';

/** What other pages say of the lab, and where its code is. It has no session, so it is on no storage. */
export const lab: Pick<Example, 'name' | 'title' | 'summary' | 'source' | 'test'> = {
  name: 'lab',
  title: 'Cookie lab',
  summary:
    'Compose a cookie or paste a Set-Cookie line, read what three engines will do with it, and try it in this browser.',
  source: [
    'src/examples/lab/route.ts',
    'src/examples/lab/prediction.ts',
    'src/examples/lab/trial/journey.ts',
    'src/examples/lab/trial/rules.ts',
    'src/set-cookie/verdict.ts',
    'e2e/lab-trial.spec.ts',
  ],
  test: 'e2e/lab.spec.ts',
};
