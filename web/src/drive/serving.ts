/** Files at addresses of the page's own site: what is loaded from there comes of the room. Loaded once somebody asks. */

import { type Ask, type Errand, foundOf, type Told, writeErrand } from './errands.ts'
import type { Files, FileUrl } from './files.ts'
import { faultOf } from './paths.ts'

/** For so long a worker may take to begin, which takes it a moment. */
const BEGUN_MILLISECONDS = 10_000

/** How files are given out. */
export interface ServeOptions {
  /**
   * Where `files-worker.js` lies on the page's own site: at or above the page, whose worker it is. Null: the page's own
   * worker has it inside. Left out: beside the library.
   */
  readonly worker?: string | URL | null | undefined
  /** What their addresses are told apart by; the files' own name unless said otherwise. */
  readonly name?: string | undefined
}

/** Files that have addresses, until they are closed. Made by `Files.serve`. */
export class ServedFiles {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** Why addresses are those of bytes that were read whole before; null when a worker gives them out as they are asked for. */
  readonly reason: string | null
  readonly #files: Files
  readonly #name: string
  readonly #scope: string | null
  readonly #urls = new Map<string, { readonly version: string; readonly url: FileUrl }>()
  readonly #ports = new Set<MessagePort>()

  constructor(files: Files, name: string, begun: Begun) {
    this.#files = files
    this.#name = name
    this.#scope = 'scope' in begun ? begun.scope : null
    this.reason = 'reason' in begun ? begun.reason : null
    if (this.#scope === null) return
    navigator.serviceWorker.addEventListener('message', this.#asked)
    // What was asked for before, when the page was not yet listening, is asked for again.
    void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage({ type: 'peerset-files', name }))
  }

  /**
   * Give the address of a file as it is now; null when there is none. It is good until these are closed.
   *
   * Without a worker it is refused with a BlobError when nobody here has the bytes.
   */
  async url(path: string): Promise<string | null> {
    const entry = await this.#files.entry(path, { follow: true })
    if (entry === null) return null
    const version = entry.record?.id ?? ''
    if (this.#scope !== null) return writeErrand(this.#scope, this.#name, path, version.slice(0, 16))
    const before = this.#urls.get(path)
    if (before?.version === version) return before.url.href
    const url = await this.#files.url(path)
    before?.url.revoke()
    this.#urls.delete(path)
    if (url !== null) this.#urls.set(path, { version, url })
    return url?.href ?? null
  }

  /** Give nothing out any more. */
  close(): void {
    if (this.#scope !== null) navigator.serviceWorker.removeEventListener('message', this.#asked)
    for (const { url } of this.#urls.values()) url.revoke()
    this.#urls.clear()
    for (const port of this.#ports) port.close()
    this.#ports.clear()
  }

  readonly #asked = ({ data, ports: [port] }: MessageEvent<Errand>): void => {
    if (data?.type === 'peerset-file' && data.name === this.#name && port !== undefined)
      void this.#bring(data.path, port)
  }

  async #bring(path: string, port: MessagePort): Promise<void> {
    const tell = (told: Told): void => port.postMessage(told)
    const failed = (error: unknown): void => tell({ type: 'failed', reason: String(error) })
    this.#ports.add(port)
    try {
      const entry = faultOf(path) === null ? await this.#files.entry(path, { follow: true }) : null
      if (entry === null) {
        this.#ports.delete(port)
        return tell({ type: 'none' })
      }
      const file = await this.#files.open(entry)
      let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | null = null
      port.onmessage = ({ data }: MessageEvent<Ask>) => {
        if (data.type === 'open') reader = file.stream(data.start, data.end).getReader()
        else if (data.type === 'more')
          reader?.read().then(({ value }) => tell({ type: 'part', data: value ?? null }), failed)
        else this.#end(port, reader)
      }
      tell({ type: 'found', ...foundOf(entry) })
    } catch (error) {
      failed(error)
    }
  }

  #end(port: MessagePort, reader: ReadableStreamDefaultReader | null): void {
    this.#ports.delete(port)
    port.close()
    void reader?.cancel()
  }
}

/** Whether a worker gives out files: under which scope, or why not. */
type Begun = { readonly scope: string } | { readonly reason: string }

/** Do what `Files.serve` does. */
export async function serve(files: Files, { worker, name = files.name }: ServeOptions): Promise<ServedFiles> {
  const begun = await begin(worker, name).catch((error): Begun => ({ reason: String(error) }))
  return new ServedFiles(files, name, begun)
}

/** Where the worker lies when a page does not say: beside this script, as the build puts it. */
function workerAddress(): URL {
  return new URL(/* @vite-ignore */ './files-worker.js', import.meta.url)
}

async function begin(worker: ServeOptions['worker'], name: string): Promise<Begun> {
  const container: ServiceWorkerContainer | undefined = globalThis.navigator?.serviceWorker
  if (container === undefined) return { reason: 'there are no service workers here: is the page loaded by https?' }
  const own = await container.getRegistration()
  const script = worker === null ? null : new URL(worker ?? workerAddress(), location.href)
  if (
    script !== null &&
    own?.active &&
    own.active.scriptURL !== script.href &&
    own.scope === new URL('.', script).href
  ) {
    return { reason: 'this page has a service worker: let that import files-worker.js, and say { worker: null }' }
  }
  const registration = script === null ? own : await container.register(script)
  if (registration === undefined) return { reason: 'this page has no service worker' }
  const { scope } = registration
  if (!location.href.startsWith(scope)) return { reason: `this page is not below ${scope}, which the worker is for` }
  container.startMessages()
  const controlled = controlOf(container)
  const { active } = await container.ready
  active?.postMessage({ type: 'peerset-files', name })
  return (await controlled) ? { scope } : { reason: 'the service worker does not take this page' }
}

/** Wait until a worker has this page, for a while. */
function controlOf(container: ServiceWorkerContainer): Promise<boolean> {
  return new Promise(resolve => {
    if (container.controller !== null) resolve(true)
    container.addEventListener('controllerchange', () => resolve(true), { once: true })
    setTimeout(() => resolve(container.controller !== null), BEGUN_MILLISECONDS)
  })
}
