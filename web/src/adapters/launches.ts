/** The ways to start a worker, the best first: pages and their hosts forbid some of them. */

import { workerUrl } from './addresses.ts'
import type { Begin, Check } from './checking.ts'

/** Our end of a worker. */
export interface VerifyWorker {
  addEventListener(type: string, listener: (event: Event) => void): void
  postMessage(message: Begin | Check, transfer: Transferable[]): void
  terminate(): void
}

/** Start a worker; throws when the page refuses at once, otherwise the worker's first event tells. */
export type Launch = () => VerifyWorker

/** Start a verifier's script as it is: it must come from the page's own origin. */
export function launchDirectly(): VerifyWorker {
  return direct(workerUrl(), VERIFY)
}

/** Start a script that imports a verifier's, which may then come from any host that allows it, such as a CDN. */
export function launchThroughBlob(): VerifyWorker {
  return throughBlob(workerUrl(), VERIFY)
}

/** Give both ways to start the script that *url* names. */
export function launchesOf(url: () => URL, name: string): readonly (() => Worker)[] {
  return [() => direct(url(), name), () => throughBlob(url(), name)]
}

const VERIFY = 'peerset-verify'

function direct(url: URL, name: string): Worker {
  return new Worker(url, { type: 'module', name })
}

function throughBlob(url: URL, name: string): Worker {
  const script = new Blob([`import ${JSON.stringify(url.href)}`], { type: 'text/javascript' })
  const address = URL.createObjectURL(script)
  const worker = new Worker(address, { type: 'module', name })
  worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true })
  return worker
}
