/** The configuration has mistakes; `problems` has one sentence for each. */
export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(`The configuration is wrong. Correct .env or the environment:\n${list}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
