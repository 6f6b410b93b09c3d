/** When a document was written, as a query is told by `at`. */

/**
 * Give the time of *doc* in seconds. A whole number would ask for the end of that second, so who was written just at its
 * beginning counts a microsecond later.
 */
export function momentOf({ stamp }: { readonly stamp: number }): number {
  return (stamp + (stamp % 1_000_000 === 0 ? 1 : 0)) / 1_000_000
}
