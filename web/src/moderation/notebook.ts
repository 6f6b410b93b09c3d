/** When to save what is noted: soon after it changed, and a last time at the end. */

import type { RoomEvent } from '../notices.ts'

/** How a notebook is kept. */
export interface NotebookOptions {
  /** Says what could not be saved. */
  readonly title: string
  readonly delaySeconds: number
  /** Told when the store fails. */
  readonly onEvent: (event: RoomEvent) => void
}

/** Calls *save* soon after what changed. */
export class Notebook {
  readonly #save: () => Promise<void>
  readonly #options: NotebookOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  #isFailing = false
  #isClosed = false

  constructor(save: () => Promise<void>, options: NotebookOptions) {
    this.#save = save
    this.#options = options
  }

  /** Take that something changed; changes that come close together are saved together. */
  saveSoon(): void {
    if (!this.#isClosed) this.#timer ??= setTimeout(() => this.#saveNow(), this.#options.delaySeconds * 1_000)
  }

  /** Save a last time; a store that fails is told of. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#isFailing = false
    await this.#saveNow()
  }

  /** What a store cannot write is tried again until it can, and told of once. */
  async #saveNow(): Promise<void> {
    this.#timer = undefined
    try {
      await this.#save()
      this.#isFailing = false
    } catch (error) {
      const { title, onEvent } = this.#options
      const reason = `${title}: ${error instanceof Error ? error.message : String(error)}`
      if (!this.#isFailing) onEvent({ type: 'StorageFailed', reason })
      this.#isFailing = true
      this.saveSoon()
    }
  }
}
