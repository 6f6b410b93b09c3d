/** Check signatures on the main thread in slices, so that the page stays responsive. */

import { signedAt } from './checking.ts'
import { type Engine, SIGNED_BYTES } from './engine.ts'
import { pause, SLICE_MILLISECONDS } from './turns.ts'

/** Check each `SIGNED_BYTES` of *signed*, with a pause after every *sliceMilliseconds*. */
export async function checkInSlices(
  engine: Engine,
  signed: Uint8Array,
  sliceMilliseconds: number = SLICE_MILLISECONDS,
): Promise<Uint8Array> {
  const flags = new Uint8Array(signed.length / SIGNED_BYTES)
  let end = performance.now() + sliceMilliseconds
  for (let at = 0; at < flags.length; at++) {
    flags[at] = Number(engine.verify(signedAt(signed, at)))
    if (performance.now() < end) continue
    await pause()
    end = performance.now() + sliceMilliseconds
  }
  return flags
}
