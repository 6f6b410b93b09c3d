/** Waiting until peers have what a room has, and asking them meanwhile. */

import { pause } from '../adapters/turns.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'

/** So often peers are asked whether they have what we wrote: it may have come too late for the last answer. */
export const ASK_MILLISECONDS = 1_000

/** What is waited for in a room. */
export interface Settling {
  readonly isSettled: () => boolean
  readonly ask: () => void
  /** Wait until something may have changed, at most so long. */
  readonly nextStep: (milliseconds: number) => Promise<void>
}

/** Wait until a room is settled, asking peers now and every second; throws what `Room.synced` says. */
export async function settle({ isSettled, ask, nextStep }: Settling, timeoutSeconds: number): Promise<void> {
  if (!(timeoutSeconds >= 0)) throw new ConfigError(`a timeout is a number of seconds, not ${shown(timeoutSeconds)}`)
  // Who asks again and again shall not keep records from coming.
  await pause()
  const limit = performance.now() + timeoutSeconds * 1_000
  for (let due = 0; !isSettled(); ) {
    const now = performance.now()
    if (now >= limit) throw new DOMException(`no peer had an equal root within ${timeoutSeconds} s`, 'TimeoutError')
    if (now >= due) {
      due = now + ASK_MILLISECONDS
      ask()
    }
    await nextStep(Math.min(due, limit) - now)
  }
}
