/**
 * The half of files in a service worker: whoever loads an address of a file is given what a page brings of it.
 *
 * A browser ends an idle worker and starts it anew, so it remembers nothing: with each request it asks the pages of the
 * origin which of them gives out such files. One that is closed meanwhile is followed by another that has the same bytes.
 */

import { type Ask, type Errand, type Offer, readErrand, type Told } from './errands.ts'
import { type Asked, replyOf } from './replies.ts'

/** For so long a page may take to join its room and give out its files. */
const FOUND_MILLISECONDS = 20_000
/** For so long others may still say that they have what one page has not. */
const ELSE_MILLISECONDS = 1_000
/** So often it is looked whether the page that brings something is still there. */
const LOOK_MILLISECONDS = 5_000

/** How long is waited for what, in milliseconds. */
interface Patience {
  readonly found: number
  readonly else: number
  readonly look: number
}

const PATIENCE: Patience = { found: FOUND_MILLISECONDS, else: ELSE_MILLISECONDS, look: LOOK_MILLISECONDS }

/** A page, or another client. */
export interface Asking {
  readonly id: string
  postMessage(message: Errand, transfer: readonly MessagePort[]): void
}

/** What of a service worker's global scope is needed. */
export interface Scope {
  readonly registration: { readonly scope: string }
  readonly clients: {
    get(id: string): Promise<unknown>
    matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: true }): Promise<readonly Asking[]>
    claim(): Promise<void>
  }
  addEventListener(type: 'fetch', listener: (event: Fetched) => void): void
  addEventListener(type: 'message', listener: (event: Messaged) => void): void
}

/** A request that the worker may answer. */
export interface Fetched {
  readonly request: Asked & { readonly url: string }
  respondWith(response: Promise<Response>): void
  waitUntil(work: Promise<unknown>): void
}

/** What a page says. */
export interface Messaged {
  readonly data: unknown
  readonly source: unknown
  waitUntil(work: Promise<unknown>): void
}

/** A page that said something of a file, and the channel to it. */
interface Source {
  readonly id: string
  readonly port: MessagePort
  readonly told: Told
}

/** A page that has it. */
interface Found extends Source {
  readonly told: Told & { readonly type: 'found' }
}

/** The page that brings a file now. */
interface Held {
  source: Found
}

type Span = readonly [start: number, end: number]

/** Answer what is asked at *scope*; all that is no file of ours is left alone. */
export function attend(scope: Scope, patience: Patience = PATIENCE): void {
  const relay = new Relay(scope, patience)
  scope.addEventListener('fetch', event => {
    const errand = readErrand(scope.registration.scope, event.request.url)
    if (errand === null) return
    // A worker may be ended once it has answered, though the body is still on its way.
    event.respondWith(relay.answer(event.request, errand, done => event.waitUntil(done)))
  })
  scope.addEventListener('message', event => {
    if (isOffer(event.data)) event.waitUntil(scope.clients.claim())
    if (isOffer(event.data) && event.source !== null) relay.offered(event.data.name, event.source as Asking)
  })
}

class Relay {
  readonly #scope: Scope
  readonly #patience: Patience
  /** What pages that come later are to be asked. */
  readonly #open = new Set<{ readonly name: string; readonly ask: (page: Asking) => void }>()

  constructor(scope: Scope, patience: Patience) {
    this.#scope = scope
    this.#patience = patience
  }

  offered(name: string, page: Asking): void {
    for (const each of [...this.#open]) if (each.name === name) each.ask(page)
  }

  /** Answer; *hold* is given what ends with the body. */
  async answer(asked: Asked, errand: Errand | false, hold: (done: Promise<void>) => void): Promise<Response> {
    if (errand === false) return refusal(400, 'this address names no file')
    if (asked.method !== 'GET' && asked.method !== 'HEAD') return refusal(405, 'files are read here, not written')
    const source = await this.#find(errand)
    if (source === null) return refusal(503, 'no page of this site that is open gives out these files')
    const { told } = source
    if (told.type === 'found') return this.#respond(asked, errand, { ...source, told }, hold)
    stop(source.port)
    return told.type === 'failed' ? refusal(502, told.reason) : refusal(404, 'there is no such file')
  }

  #respond(asked: Asked, errand: Errand, source: Found, hold: (done: Promise<void>) => void): Response {
    const { status, headers, start, end } = replyOf(asked, source.told, errand.path.split('/').at(-1) ?? '')
    if (asked.method === 'GET' && start < end) {
      const held: Held = { source }
      const { body, done } = streamOf(this.#parts(errand, held, [start, end]), () => stop(held.source.port))
      hold(done)
      return new Response(body, { status, headers })
    }
    stop(source.port)
    return new Response(null, { status, headers })
  }

  /** Give the bytes of a span as a page brings them, and as another does when that one is gone. */
  async *#parts(errand: Errand, held: Held, [start, end]: Span): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { tag } = held.source.told
    open(held.source, start, end)
    for (let at = start; at < end; ) {
      const told = await this.#more(held.source)
      if (told?.type === 'part' && told.data !== null) {
        at += told.data.length
        yield told.data
      } else if (told !== null) throw new Error(told.type === 'failed' ? told.reason : 'the file ended early')
      else {
        const other = await this.#find(errand)
        if (other?.told.type !== 'found' || other.told.tag !== tag) throw new Error('its page is gone')
        held.source = { ...other, told: other.told }
        open(held.source, at, end)
      }
    }
  }

  /** Wait for the next bytes; null when the page is gone. */
  async #more({ id, port }: Source): Promise<Told | null> {
    const coming = heard(port)
    ask(port, { type: 'more' })
    for (;;) {
      const told = await within(coming, this.#patience.look)
      if (told !== null) return told
      if ((await this.#scope.clients.get(id)) == null) return null
    }
  }

  /** Ask all pages, and those that come: one that has it, or else what others say of it; null when none says anything. */
  async #find({ name, path }: Errand): Promise<Source | null> {
    const replies = new Replies()
    const askPage = (page: Asking): void => {
      const { port1: port, port2 } = new MessageChannel()
      replies.expect(port)
      void heard(port).then(told => replies.take({ id: page.id, port, told }))
      page.postMessage({ type: 'peerset-file', name, path }, [port2])
    }
    const open = { name, ask: askPage }
    this.#open.add(open)
    for (const page of await this.#scope.clients.matchAll({ type: 'window', includeUncontrolled: true })) askPage(page)
    const first = await within(replies.first, this.#patience.found)
    // Another room of this name may have what this one has not.
    if (first !== null && first.told.type !== 'found') await within(replies.best, this.#patience.else)
    this.#open.delete(open)
    return replies.settle()
  }
}

/** What pages say of one file. */
class Replies {
  /** What one of them says first. */
  readonly first: Promise<Source>
  /** Settles once one has it, or all have said that they have not. */
  readonly best: Promise<void>
  readonly #ports = new Set<MessagePort>()
  #heard = 0
  #source: Source | null = null
  #begin: (source: Source) => void = () => {}
  #end: () => void = () => {}

  constructor() {
    this.first = new Promise(resolve => {
      this.#begin = resolve
    })
    this.best = new Promise(resolve => {
      this.#end = resolve
    })
  }

  /** Note that a page is asked. */
  expect(port: MessagePort): void {
    this.#ports.add(port)
  }

  take(source: Source): void {
    this.#heard += 1
    if (rank(source) > rank(this.#source)) this.#source = source
    this.#begin(source)
    if (source.told.type === 'found' || this.#heard === this.#ports.size) this.#end()
  }

  /** Give the best of what was said, and let all others go. */
  settle(): Source | null {
    for (const port of this.#ports) if (port !== this.#source?.port) stop(port)
    return this.#source
  }
}

/** Say how good it is what a page says: it has a file, it cannot give it, there is none. */
function rank(source: Source | null): number {
  if (source === null) return 0
  return { found: 3, failed: 2, none: 1, part: 0 }[source.told.type]
}

/** Make a stream of *parts*; *done* once it has ended, or nobody wants it any more, which *close* is called for. */
function streamOf(parts: AsyncGenerator<Uint8Array<ArrayBuffer>>, close: () => void) {
  let finish = (): void => {}
  const done = new Promise<void>(resolve => {
    finish = resolve
  })
  const end = (): void => {
    close()
    finish()
  }
  const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
    async pull(controller) {
      const { done: isOver = false, value } = await parts.next().catch(error => {
        end()
        throw error
      })
      if (value !== undefined) controller.enqueue(value)
      if (!isOver) return
      controller.close()
      end()
    },
    cancel: end,
  }
  return { body: new ReadableStream(source, { highWaterMark: 0 }), done }
}

/** Have a page begin to read. */
function open({ port }: Found, start: number, end: number): void {
  ask(port, { type: 'open', start, end })
}

/** Want nothing more of a page. */
function stop(port: MessagePort): void {
  ask(port, { type: 'stop' })
  port.close()
}

function ask(port: MessagePort, asked: Ask): void {
  port.postMessage(asked)
}

/** Wait for what a page says next. */
function heard(port: MessagePort): Promise<Told> {
  return new Promise(resolve => {
    port.onmessage = ({ data }) => resolve(data)
  })
}

/** Give what comes in time; null when it does not. */
async function within<Value>(coming: Promise<Value>, milliseconds: number): Promise<Value | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => resolve(null), milliseconds)
  })
  try {
    return await Promise.race([coming, late])
  } finally {
    clearTimeout(timer)
  }
}

function isOffer(data: unknown): data is Offer {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'peerset-files' && 'name' in data
}

function refusal(status: number, reason: string): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
  return new Response(`${reason}\n`, { status, headers })
}
