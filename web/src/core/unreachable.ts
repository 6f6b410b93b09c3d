/** Where a `switch` has met every case: a forgotten one does not compile. */
export function unreachable(value: never): never {
  throw new TypeError(`a case is missing for ${JSON.stringify(value)}`)
}
