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

/** Start the worker's script as it is: it must come from the page's own origin. */
export function launchDirectly(): VerifyWorker {
  return new Worker(workerUrl(), { type: 'module', name: 'peerset-verify' })
}

/** Start a script that imports the worker's, which may then come from any host that allows it, such as a CDN. */
export function launchThroughBlob(): VerifyWorker {
  const script = new Blob([`import ${JSON.stringify(workerUrl().href)}`], { type: 'text/javascript' })
  const address = URL.createObjectURL(script)
  const worker = new Worker(address, { type: 'module', name: 'peerset-verify' })
  worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true })
  return worker
}
