/** The page's turn: work on the main thread pauses for it. */

/** The page gets its turn after so long. */
export const SLICE_MILLISECONDS = 10

/** Let everything else that waits have its turn. */
export function pause(): Promise<void> {
  // Timers would do, but browsers make those of a page in the background wait for a second.
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
