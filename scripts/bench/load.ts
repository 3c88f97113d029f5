import type { Connection } from './connection.ts';

/** Does `work` so many times, as often at once as there are connections. */
export async function inLanes(
  connections: readonly Connection[],
  count: number,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  let left = count;
  const runLane = async (connection: Connection): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work(connection);
    }
  };
  await Promise.all(connections.map(runLane));
}
