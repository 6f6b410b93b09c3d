/** Web sockets of tests: the test is the other end. */

/** As much of a web socket as is used. */
export class Line {
  static made: Line[] = []
  /** What the next one fails with. */
  static failure: Error | null = null

  readonly url: string
  readonly protocols: unknown
  readonly sent: (string | Uint8Array)[] = []
  readyState = 0
  binaryType = ''
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onerror: (() => void) | null = null
  onclose: ((event: { reason: string }) => void) | null = null

  constructor(url: string, protocols: unknown) {
    if (Line.failure !== null) throw Line.failure
    this.url = url
    this.protocols = protocols
    Line.made.push(this)
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data)
  }

  close(): void {
    this.end()
  }

  /** Begin, as the other end agrees. */
  open(): this {
    this.readyState = 1
    this.onopen?.()
    return this
  }

  /** Let *said* arrive, as JSON unless it is a text or bytes. */
  say(said: unknown): void {
    const isRaw = typeof said === 'string' || said instanceof ArrayBuffer
    this.onmessage?.({ data: isRaw ? said : JSON.stringify(said) })
  }

  /** Break. */
  end(reason = ''): void {
    this.readyState = 3
    this.onerror?.()
    this.onclose?.({ reason })
  }

  /** Give what was sent, read as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it as it likes
  get words(): any[] {
    return this.sent.map(text => JSON.parse(String(text)))
  }
}

/** The class, as a room is given it. */
export const LineClass = Line as unknown as typeof WebSocket

/** Give the newest, once there is one. */
export function lastLine(): Line {
  const last = Line.made.at(-1)
  if (last === undefined) throw new Error('nobody has connected')
  return last
}
