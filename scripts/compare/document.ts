import type { Column } from './run-all.ts';
export async function writeDocument(_columns: readonly Column[]): Promise<void> {}
