/**
 * Sealed blobs: the bytes of a file of a sealed room, as all may keep them who cannot read (docs/protocol.md, "Sealed
 * blobs"). What encrypts them stands in `drive/sealing.ts`: browsers have that.
 */

/** How a blob is sealed. */
export interface BlobSeal {
  /** 32 bytes in hex, of this blob alone. */
  readonly key: string
  /** The root of the tree over what is sealed. */
  readonly plain: string
}

const OCTETS = /^[0-9a-f]{64}$/

/** Read how a blob is sealed; null where that makes no sense. */
export function readBlobSeal(key: unknown, plain: unknown): BlobSeal | null {
  if (typeof key !== 'string' || typeof plain !== 'string') return null
  return OCTETS.test(key) && OCTETS.test(plain) ? { key, plain } : null
}

/**
 * Give how long the blob is that *size* bytes are sealed in, at most an eighth longer.
 *
 * By Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019): a size in
 * binary digits may have ones only among the first few. All sizes from 24 KiB to 64 GiB show as one of 792.
 */
export function paddedSize(size: number): number {
  const exponent = digitsOf(size) - 1
  const step = size > 1 ? 2 ** (exponent - digitsOf(exponent)) : 1
  return Math.ceil(size / step) * step
}

function digitsOf(number: number): number {
  return number.toString(2).length
}
