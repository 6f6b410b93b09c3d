/**
 * Who waits here for pieces of blobs, and what is asked of the node for them.
 *
 * Who reads wants a window of a blob at a time, and the next one when half of it was read: so the node is asked seldom,
 * and those who give are never idle.
 */

import type { BlobName } from '../core/blob.ts'
import type { BlobInput } from '../protocol/inputs.ts'

interface Coming {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Pieces that somebody waits for together. */
interface Collection {
  readonly missing: Set<number>
  readonly whole: Coming
}

/** What of a blob was wanted last by who reads it: all up to *last* that was not here, of which *missing* has not come. */
interface Window {
  readonly missing: Set<number>
  readonly last: number
}

/** Waits for pieces; *act* gives the node what is wanted. */
export class Arrivals {
  readonly #act: (event: BlobInput) => void
  readonly #coming = new Map<string, Map<number, Coming>>()
  readonly #collected = new Map<string, Set<Collection>>()
  readonly #windows = new Map<string, Window>()

  constructor(act: (event: BlobInput) => void) {
    this.#act = act
  }

  /** Say whether *piece* is on its way, and all up to *last* that was not here. */
  isComing(root: string, piece: number, last: number): boolean {
    const window = this.#windows.get(root)
    return window?.missing.has(piece) === true && last <= window.last
  }

  /**
   * Wait until *piece* is here; *ahead*, the others up to *last* that are not, are to come after it.
   *
   * Refused with a BlobError when it does not come.
   */
  async wait(name: BlobName, piece: number, ahead: readonly number[] = [], last = piece): Promise<void> {
    const pieces = this.#coming.get(name.root) ?? new Map<number, Coming>()
    this.#coming.set(name.root, pieces)
    const coming = pieces.get(piece) ?? begun()
    pieces.set(piece, coming)
    if (!this.isComing(name.root, piece, last)) {
      this.#windows.set(name.root, { missing: new Set([piece, ...ahead]), last })
      this.#act({ type: 'BlobWanted', name, pieces: [piece, ...ahead] })
    }
    await coming.promise
  }

  /** Wait until all of *pieces* are here, in whatever order. Refused with a BlobError when one does not come. */
  async collect(name: BlobName, pieces: readonly number[]): Promise<void> {
    const collection = { missing: new Set(pieces), whole: begun() }
    const collections = this.#collected.get(name.root) ?? new Set<Collection>()
    this.#collected.set(name.root, collections.add(collection))
    this.#act({ type: 'BlobWanted', name, pieces })
    await collection.whole.promise
  }

  /** Want nothing more of a blob, and let nobody wait for it. */
  giveUp(root: string, error: Error): void {
    this.fail(error, root)
    this.drop(root)
  }

  /** Want nothing more of a blob than what somebody waits for. */
  letGo(name: BlobName): void {
    const { root } = name
    const collections = [...(this.#collected.get(root) ?? [])]
    const pieces = new Set(
      [this.#coming.get(root)?.keys() ?? [], ...collections.map(({ missing }) => missing)].flatMap(each => [...each]),
    )
    this.drop(root)
    if (pieces.size > 0) this.#act({ type: 'BlobWanted', name, pieces: [...pieces] })
  }

  /** Want nothing more of a blob. */
  drop(root: string): void {
    this.#windows.delete(root)
    this.#act({ type: 'BlobUnwanted', root })
  }

  /** Wake who waits for a piece, which is kept. */
  came(root: string, piece: number): void {
    const window = this.#windows.get(root)
    window?.missing.delete(piece)
    if (window?.missing.size === 0) this.#windows.delete(root)
    const pieces = this.#coming.get(root)
    pieces?.get(piece)?.resolve()
    pieces?.delete(piece)
    if (pieces?.size === 0) this.#coming.delete(root)
    const collections = this.#collected.get(root) ?? new Set()
    for (const collection of [...collections]) {
      collection.missing.delete(piece)
      if (collection.missing.size > 0) continue
      collections.delete(collection)
      collection.whole.resolve()
    }
    if (collections.size === 0) this.#collected.delete(root)
  }

  /** Let nobody wait for a blob, or for any, any more. */
  fail(error: Error, root?: string): void {
    for (const each of [...this.#windows.keys()]) if (root === undefined || root === each) this.#windows.delete(each)
    for (const [each, pieces] of [...this.#coming]) {
      if (root !== undefined && root !== each) continue
      this.#coming.delete(each)
      for (const { reject } of pieces.values()) reject(error)
    }
    for (const [each, collections] of [...this.#collected]) {
      if (root !== undefined && root !== each) continue
      this.#collected.delete(each)
      for (const { whole } of collections) whole.reject(error)
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
