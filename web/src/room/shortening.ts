/** What a page is told whose store keeps records for a shorter time than before: loaded by whoever says so. */

import { spanText } from '../core/address.ts'

/** Tell the console that what is older than *said* seconds is deleted, where it was kept for *kept*. */
export function tellShorter(kept: number, said: number): void {
  const spans = `for ${spanText(kept)}, and does for ${spanText(said)} from now on`
  // biome-ignore lint/suspicious/noConsole: whoever writes the page reads it, as the log of a Python program
  console.warn(`peerset: this store kept records ${spans}: what is older is deleted`)
}
