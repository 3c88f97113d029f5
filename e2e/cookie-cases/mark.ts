/** Letters that stand for a case in its cookies, so that all cases can share a browser. Always four. */
export function markOf(index: number): string {
  return `x${String(index).padStart(3, '0')}`;
}
