/** Say whether these are the same bytes; to compare long ones as lists takes a test runner seconds. */
export function isSame(one: Uint8Array | null | undefined, other: Uint8Array): boolean {
  return one != null && Buffer.compare(one, other) === 0
}
