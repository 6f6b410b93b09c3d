/** Bytes per second over the last minute. */

/** So many seconds are kept. */
export const RATE_SECONDS = 60

/** Counts what crosses a channel, second by second. */
export class Rates {
  /** Bytes by second, at its number modulo `RATE_SECONDS`. */
  readonly #bytes = new Float64Array(RATE_SECONDS)
  #newest = 0

  /** Count *bytes* at a time in milliseconds; what is older than a minute is left out. */
  add(bytes: number, atMilliseconds: number): void {
    const second = Math.floor(atMilliseconds / 1_000)
    this.#advance(second)
    if (second <= this.#newest - RATE_SECONDS) return
    const place = second % RATE_SECONDS
    this.#bytes[place] = (this.#bytes[place] ?? 0) + bytes
  }

  /** Give the bytes of each of the last `RATE_SECONDS` seconds, oldest first; the last one is still running. */
  history(atMilliseconds: number): number[] {
    this.#advance(Math.floor(atMilliseconds / 1_000))
    return Array.from({ length: RATE_SECONDS }, (_, number) => {
      return this.#bytes[(this.#newest + 1 + number) % RATE_SECONDS] ?? 0
    })
  }

  /** Empty the seconds that begin. */
  #advance(second: number): void {
    const fresh = Math.min(second - this.#newest, RATE_SECONDS)
    for (let number = 0; number < fresh; number += 1) this.#bytes[(second - number) % RATE_SECONDS] = 0
    this.#newest = Math.max(this.#newest, second)
  }
}

/** Give the points of a line through *values*, in a box of *width* and *height*, as SVG writes them. */
export function linePoints(values: readonly number[], width: number, height: number, most: number): string {
  const stride = width / Math.max(1, values.length - 1)
  return values
    .map((value, place) => {
      const level = most > 0 ? Math.min(1, value / most) : 0
      return `${round(place * stride)},${round(height - level * height)}`
    })
    .join(' ')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
