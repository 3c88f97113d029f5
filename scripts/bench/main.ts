import { readArguments, USAGE } from './arguments.ts';
import { build } from './build.ts';
import { writeDocuments } from './document.ts';
import { peers } from './peers.ts';
import { profile } from './profile.ts';
import { readRecorded, record } from './record.ts';
import { SECTIONS } from './sections.ts';
import { goalTable, missed } from './verdict.ts';

/** @returns the exit code: 1 when a goal is missed and somebody wants to know */
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
    console.log(await profile(profiled.name, profiled.kind));
    return 0;
  }
  const begun = performance.now();
  const complaints: string[] = [];
  for (const name of sections) {
    const say = (line: string): void => console.error(`bench: ${name}: ${line}`);
    const measured = await SECTIONS[name].measure(say, short);
    // At once, so that a later section that fails takes nothing away.
    if (!short) record(measured);
    const { tables = [], goals } = SECTIONS[name].show(measured) ?? {};
    for (const table of [...(goals ? [goalTable(goals)] : []), ...tables]) console.log(`\n${table}`);
    if (goals) complaints.push(...missed(goals));
  }
  if (!short) writeDocuments(readRecorded());
  console.error(`bench: done in ${Math.round((performance.now() - begun) / 1000)} s`);
  for (const complaint of complaints) console.error(`bench: missed: ${complaint}`);
  return check && complaints.length > 0 ? 1 : 0;
}
