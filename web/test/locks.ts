/** Web Locks inside one process, for machines whose runtime has none: exclusive ones, as tabs use them. */

type Held = (lock: { readonly name: string } | null) => unknown

interface Options {
  readonly ifAvailable?: boolean
  readonly steal?: boolean
  readonly signal?: AbortSignal
}

interface Request {
  readonly held: Held
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** The locks of one origin. */
export class Locks {
  readonly #holders = new Map<string, Request>()
  readonly #queues = new Map<string, Request[]>()

  async query(): Promise<object> {
    return {}
  }

  request(name: string, { ifAvailable, steal, signal }: Options, held: Held): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = { held, resolve, reject }
      const holder = this.#holders.get(name)
      if (steal === true) {
        holder?.reject(new DOMException('taken by force', 'AbortError'))
        return this.#grant(name, request)
      }
      if (holder === undefined) return this.#grant(name, request)
      if (ifAvailable === true) return resolve(held(null))
      const queue = this.#queues.get(name) ?? []
      this.#queues.set(name, [...queue, request])
      signal?.addEventListener('abort', () => {
        this.#queues.set(
          name,
          (this.#queues.get(name) ?? []).filter(each => each !== request),
        )
        reject(signal.reason)
      })
    })
  }

  #grant(name: string, request: Request): void {
    this.#holders.set(name, request)
    void Promise.resolve(request.held({ name })).then(value => {
      request.resolve(value)
      if (this.#holders.get(name) !== request) return
      this.#holders.delete(name)
      const [next, ...others] = this.#queues.get(name) ?? []
      this.#queues.set(name, others)
      if (next !== undefined) this.#grant(name, next)
    })
  }
}
