import { afterEach, expect, test, vi } from 'vitest'
import { workerUrl } from '../../src/adapters/addresses.ts'
import { launchDirectly, launchThroughBlob } from '../../src/adapters/launches.ts'

/** As much of a worker as is launched. */
class FakeWorker extends EventTarget {
  readonly address: string

  constructor(address: string | URL) {
    super()
    this.address = String(address)
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('a worker is started from its script', () => {
  vi.stubGlobal('Worker', FakeWorker)
  expect(launchDirectly()).toMatchObject({ address: workerUrl().href })
})

test('a worker is started from a script that imports its own, which is let go once the worker lives', async () => {
  vi.stubGlobal('Worker', FakeWorker)
  const made = vi.spyOn(URL, 'createObjectURL')
  const revoked = vi.spyOn(URL, 'revokeObjectURL')
  const worker = launchThroughBlob() as unknown as FakeWorker
  const script = made.mock.calls[0]?.[0] as Blob
  expect(await script.text()).toBe(`import ${JSON.stringify(workerUrl().href)}`)
  expect(revoked).not.toHaveBeenCalled()
  worker.dispatchEvent(new Event('message'))
  expect(revoked).toHaveBeenCalledWith(worker.address)
})
