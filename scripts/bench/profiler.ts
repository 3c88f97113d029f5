import { type Profiler, Session } from 'node:inspector/promises';

let session: Session | undefined;

/** Begins to look at what this process does, some thousand times a second. */
export async function startProfile(): Promise<void> {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
}

/** What was seen since then. */
export async function stopProfile(): Promise<Profiler.Profile> {
  if (!session) throw new Error('no profile was begun');
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile;
}
