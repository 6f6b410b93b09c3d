/** Binary search in ascending numbers, as Python's `bisect` does it. */

/** Give the place of the first number in *sorted*, from *low* on, that is not below *value*. */
export function bisectLeft(sorted: ArrayLike<number>, value: number, low = 0, high = sorted.length): number {
  let [first, stop] = [low, high]
  while (first < stop) {
    const middle = (first + stop) >>> 1
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < value) first = middle + 1
    else stop = middle
  }
  return first
}

/** Give the place of the first number in *sorted*, from *low* on, that is above *value*. */
export function bisectRight(sorted: ArrayLike<number>, value: number, low = 0, high = sorted.length): number {
  let [first, stop] = [low, high]
  while (first < stop) {
    const middle = (first + stop) >>> 1
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) <= value) first = middle + 1
    else stop = middle
  }
  return first
}
