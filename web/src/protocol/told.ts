/** Which refusals were told: of each record and cause once, however many peers bring it. */

import { REFUSALS_TOLD_MAX } from '../core/limits.ts'
import type { Request } from './effects.ts'

/** The latest `REFUSALS_TOLD_MAX` of them. */
export class Told {
  readonly #told = new Set<string>()

  /** Leave out of *requests* what was told before, unless our own user brought it, who waits for it. */
  once(requests: readonly Request[]): Request[] {
    return requests.filter(request => !this.#isTold(request))
  }

  #isTold(request: Request): boolean {
    if (request.type !== 'Emit' || request.event.type !== 'RecordRejected') return false
    const { id, cause, peer } = request.event
    if (peer === null) return false
    return cause === 'refused' || this.#note(`${cause} ${id}`)
  }

  /** Remember *refusal*; say whether it was told before. */
  #note(refusal: string): boolean {
    const isTold = this.#told.delete(refusal)
    this.#told.add(refusal)
    const [oldest] = this.#told
    if (this.#told.size > REFUSALS_TOLD_MAX && oldest !== undefined) this.#told.delete(oldest)
    return isTold
  }
}
