/** The tabs of one origin: which of them has a seat (Web Locks), and what they say to each other (BroadcastChannel). */

/** A seat that is ours until we leave it, or another tab takes it by force. */
export interface Seat {
  leave(): void
}

/** How a seat is taken. */
export interface Taking {
  /** "free": at once or not at all; "wait": once it is free; "force": at once, whoever has it. */
  readonly how: 'free' | 'wait' | 'force'
  /** Ends the waiting. */
  readonly signal?: AbortSignal
  /** Told when another tab took it by force. */
  readonly onLost?: () => void
}

/** Say whether tabs of this page can elect one of them and talk; not so in sandboxed frames and old browsers. */
export async function hasTabs(): Promise<boolean> {
  if (globalThis.BroadcastChannel === undefined || globalThis.navigator?.locks === undefined) return false
  // Where storage is forbidden, both are there and refuse.
  return await navigator.locks.query().then(
    () => true,
    () => false,
  )
}

/** Take the seat *name*; give null when it is not to be had, or no longer waited for. */
export function takeSeat(name: string, { how, signal, onLost = () => {} }: Taking): Promise<Seat | null> {
  return new Promise(resolve => {
    let isLeft = false
    const held = (lock: Lock | null) => {
      if (lock === null) return resolve(null)
      return new Promise<void>(end => {
        const leave = () => {
          isLeft = true
          end()
        }
        resolve({ leave })
      })
    }
    // A promise that is refused later than this one settled says that the seat was taken by force.
    const refused = () => {
      resolve(null)
      if (!isLeft && !signal?.aborted) onLost()
    }
    const waiting = signal === undefined ? {} : { signal }
    const options = { free: { ifAvailable: true }, wait: waiting, force: { steal: true } }[how]
    navigator.locks.request(name, options, held).catch(refused)
  })
}

/** A line between tabs: everybody else who listens under its name hears what is said. */
export interface Line {
  say(message: unknown): void
  close(): void
}

/** Open the line *name*; *hear* is told what others say. */
export function openLine(name: string, hear: (message: unknown) => void): Line {
  const channel = new BroadcastChannel(name)
  channel.onmessage = ({ data }) => hear(data)
  return {
    say: message => channel.postMessage(message),
    close: () => {
      channel.onmessage = null
      channel.close()
    },
  }
}

/** Call *leave* when this tab is about to be frozen, or kept for the way back: until then nobody hears it. */
export function beforeSleep(leave: () => void): () => void {
  const ending = new AbortController()
  const { signal } = ending
  globalThis.document?.addEventListener('freeze', leave, { signal })
  globalThis.addEventListener?.('pagehide', event => event.persisted && leave(), { signal })
  return () => ending.abort('over')
}
