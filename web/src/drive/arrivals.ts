/** Who waits here for pieces of blobs, and what is asked of the node for them. */

import type { BlobName } from '../core/blob.ts'
import type { BlobInput } from '../protocol/inputs.ts'

interface Coming {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Waits for pieces; *act* gives the node what is wanted. */
export class Arrivals {
  readonly #act: (event: BlobInput) => void
  readonly #coming = new Map<string, Map<number, Coming>>()

  constructor(act: (event: BlobInput) => void) {
    this.#act = act
  }

  /** Wait until *piece* is here; *ahead* are to come after it. Refused with a BlobError when it does not come. */
  async wait(name: BlobName, piece: number, ahead: readonly number[]): Promise<void> {
    const pieces = this.#coming.get(name.root) ?? new Map<number, Coming>()
    this.#coming.set(name.root, pieces)
    const coming = pieces.get(piece) ?? begun()
    pieces.set(piece, coming)
    this.#act({ type: 'BlobWanted', name, pieces: [piece, ...ahead] })
    await coming.promise
  }

  /** Want nothing more of a blob, and let nobody wait for it. */
  giveUp(root: string, error: Error): void {
    this.fail(error, root)
    this.#act({ type: 'BlobUnwanted', root })
  }

  /** Wake who waits for a piece, which is kept. */
  came(root: string, piece: number): void {
    const pieces = this.#coming.get(root)
    pieces?.get(piece)?.resolve()
    pieces?.delete(piece)
    if (pieces?.size === 0) this.#coming.delete(root)
  }

  /** Let nobody wait for a blob, or for any, any more. */
  fail(error: Error, root?: string): void {
    for (const [each, pieces] of [...this.#coming]) {
      if (root !== undefined && root !== each) continue
      this.#coming.delete(each)
      for (const { reject } of pieces.values()) reject(error)
    }
  }
}

function begun(): Coming {
  let resolve = () => {}
  let reject: Coming['reject'] = () => {}
  const promise = new Promise<void>((done, failed) => {
    resolve = done
    reject = failed
  })
  // Who waited may be gone.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
