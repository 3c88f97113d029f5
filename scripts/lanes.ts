/**
 * Does `work` `count` times, in `lanes` at once: each lane takes the next as soon as it is done with one.
 *
 * @param work gets its number, and that of its lane
 */
export async function inLanes(
  count: number,
  lanes: number,
  work: (nth: number, lane: number) => Promise<unknown>,
): Promise<void> {
  let begun = 0;
  const runLane = async (lane: number): Promise<void> => {
    while (begun < count) await work(begun++, lane);
  };
  await Promise.all(Array.from({ length: lanes }, (_none, lane) => runLane(lane)));
}
