/** Which pieces of a blob somebody has: their numbers, and their form on the wire. */

/** Give the numbers of all pieces of a blob of so many. */
export function allOf(pieces: number): Set<number> {
  return new Set(Array(pieces).keys())
}

/** Read what a `BlobHave` says, the highest bit of each byte first; what is beyond the blob is passed over. */
export function readBits(data: Uint8Array, pieces: number): Set<number> {
  const found = new Set<number>()
  for (let piece = 0; piece < Math.min(pieces, 8 * data.length); piece++) {
    if (((data[piece >> 3] as number) >> (7 - (piece & 7))) & 1) found.add(piece)
  }
  return found
}

/** Write the numbers of *pieces* for a `BlobHave`, without zeros at the end. */
export function writeBits(pieces: ReadonlySet<number>): Uint8Array {
  let last = -1
  for (const piece of pieces) last = Math.max(last, piece)
  const data = new Uint8Array(last < 0 ? 0 : (last >> 3) + 1)
  for (const piece of pieces) data[piece >> 3] = (data[piece >> 3] as number) | (128 >> (piece & 7))
  return data
}
