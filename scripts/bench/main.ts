import { readArguments, USAGE } from './arguments.ts';
import { build } from './build.ts';
import { writeDocuments } from './document.ts';
import { peers } from './peers.ts';
import { profile, profileTable } from './profile.ts';
import { readRecorded, record } from './record.ts';
import { type Measured, SECTIONS } from './sections.ts';
import { complaints } from './verdict.ts';

/** @returns the exit code: 1 when a figure is worse than recorded and somebody wants to know */
export async function main(args: string[]): Promise<number> {
  const { help, short, check, sections, profile: profiled } = readArguments(args);
  if (help) {
    console.log(USAGE);
    return 0;
  }
  if (profiled || sections.length > 0) {
    await peers.install();
    await build();
  }
  if (profiled) {
    console.log(profileTable(await profile(profiled.name, profiled.kind)));
    return 0;
  }
  const begun = performance.now();
  const measured: Measured = {};
  for (const name of sections) {
    const say = (line: string): void => console.error(`bench: ${name}: ${line}`);
    Object.assign(measured, await SECTIONS[name].measure({ short, say }));
  }
  const shown = sections.flatMap((name) => SECTIONS[name].show(measured) ?? []);
  for (const table of shown.flatMap(({ tables }) => tables)) console.log(`\n${table}`);
  if (!short) writeDocuments(sections.length > 0 ? record(measured) : readRecorded());
  console.error(`bench: done in ${Math.round((performance.now() - begun) / 1000)} s`);
  const worse = shown.flatMap(({ verdicts }) => complaints(verdicts));
  for (const complaint of worse) console.error(`bench: ${complaint}`);
  return check && worse.length > 0 ? 1 : 0;
}
