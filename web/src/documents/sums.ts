/** Sums of numbers that are alike in every order, and in every language. */

/** By this, numbers that would overflow on the way are made smaller meanwhile. */
const DOWN = 2 ** -64

/** Give the double that is nearest to the exact sum; null beyond all doubles. */
export function sumOf(numbers: readonly number[]): number | null {
  const found = exactly(numbers)
  const total = Number.isFinite(found) ? found : exactly(numbers.map(each => each * DOWN)) / DOWN
  // There is one zero.
  return Number.isFinite(total) ? total + 0 : null
}

/** Add numbers as Python's `math.fsum` does: by parts that do not overlap, rounded once. */
function exactly(numbers: readonly number[]): number {
  const parts: number[] = []
  for (const number of numbers) {
    let sum = number
    let used = 0
    for (const part of parts) {
      const [large, small] = Math.abs(sum) < Math.abs(part) ? [part, sum] : [sum, part]
      sum = large + small
      const rest = small - (sum - large)
      if (rest !== 0) parts[used++] = rest
    }
    parts.splice(used, parts.length, sum)
  }
  return rounded(parts)
}

function rounded(parts: number[]): number {
  let sum = parts.pop() ?? 0
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const before = sum
    sum = before + part
    const rest = part - (sum - before)
    if (rest === 0) continue
    // Halfway between two doubles, what is left decides.
    const next = parts.at(-1) ?? 0
    const other = sum + 2 * rest
    return Math.sign(rest) === Math.sign(next) && other - sum === 2 * rest ? other : sum
  }
  return sum
}
