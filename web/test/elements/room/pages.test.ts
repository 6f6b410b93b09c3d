import { expect, test } from 'vitest'
import type { UnixTime } from '../../../src/core/clock.ts'
import type { Cursor } from '../../../src/core/filter.ts'
import { SecretKey } from '../../../src/core/keys.ts'
import { KIND_DELETION, KIND_RECORD, type Record } from '../../../src/core/record.ts'
import { PAGE_RECORDS, Pages, SHOWN_RECORDS_MAX } from '../../../src/elements/room/pages.ts'
import type { Query } from '../../../src/room/query.ts'
import { signed } from '../../signing.ts'

/** However busy the machine is. */
const OFTEN = { interval: 5 }
const KEY = new SecretKey(new Uint8Array(32).fill(7))

/** Pages of a room whose records are a list, the newest first, as rooms give them. */
class Scene {
  records: Record[] = []
  readonly queries: Query[] = []
  readonly failures: unknown[] = []
  error: Error | null = null
  /** What reading waits for, once it has begun. */
  gate: Promise<void> = Promise.resolve()
  changes = 0
  #work: (() => void)[] = []
  readonly pages = new Pages({
    read: async query => {
      this.queries.push(query)
      const id = (query.after as Cursor | null)?.id
      const start = id === undefined ? 0 : this.records.findIndex(record => record.id === id) + 1
      const found = this.records.slice(start, start + (query.limit ?? Number.POSITIVE_INFINITY))
      await this.gate
      if (this.error !== null) throw this.error
      return found
    },
    onChange: () => {
      this.changes += 1
    },
    onFailure: error => this.failures.push(error),
    schedule: work => this.#work.push(work),
  })

  /** How often reading is due. */
  get due(): number {
    return this.#work.length
  }

  add(count: number, kind = KIND_RECORD): void {
    for (let number = 0; number < count; number += 1) {
      const createdAt = (1_000_000 + this.records.length) as UnixTime
      const content = `${this.records.length}`
      this.records.unshift(signed(KEY, { createdAt, kind, tags: [], content }))
    }
  }

  /** Paint until reading has brought what *is* says. */
  async paint(is: () => boolean): Promise<void> {
    await expect
      .poll(() => {
        for (const work of this.#work.splice(0)) work()
        return is()
      }, OFTEN)
      .toBe(true)
  }

  get texts(): (string | undefined)[] {
    return [this.pages.shown[0]?.text, this.pages.shown.at(-1)?.text]
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

test('the newest page is shown, oldest first', async () => {
  const scene = new Scene()
  scene.add(PAGE_RECORDS + 10)
  scene.pages.restart({})
  await scene.paint(() => scene.pages.isRead)
  expect(scene.pages.shown).toHaveLength(PAGE_RECORDS)
  expect(scene.texts).toEqual(['10', '59'])
  expect(scene.pages.hasEarlier).toBe(true)
})

test('earlier pages are shown on demand, until there are none', async () => {
  const scene = new Scene()
  scene.add(PAGE_RECORDS + 10)
  scene.pages.restart({})
  await scene.paint(() => scene.pages.isRead)
  scene.pages.showEarlier()
  await scene.paint(() => scene.pages.shown.length > PAGE_RECORDS)
  expect([scene.texts, scene.pages.hasEarlier]).toEqual([['0', '59'], false])
  scene.pages.showNewest()
  await scene.paint(() => scene.pages.shown.length === PAGE_RECORDS)
})

test('however far a reader goes back, a bounded number of records is shown, and the way leads back', async () => {
  const scene = new Scene()
  const all = 3 * SHOWN_RECORDS_MAX
  scene.add(all)
  scene.pages.restart({})
  await scene.paint(() => scene.pages.isRead)
  scene.pages.isFollowing = false
  while (scene.pages.hasEarlier) {
    const [oldest] = scene.texts
    scene.pages.showEarlier()
    await scene.paint(() => scene.texts[0] !== oldest)
    expect(scene.pages.shown.length).toBeLessThanOrEqual(SHOWN_RECORDS_MAX)
    expect(Number(oldest) - Number(scene.texts[0])).toBe(PAGE_RECORDS)
  }
  expect([scene.texts, scene.pages.hasLater]).toEqual([['0', `${SHOWN_RECORDS_MAX - 1}`], true])
  scene.pages.showLater()
  await scene.paint(() => scene.texts[0] !== '0')
  expect(scene.texts).toEqual([`${PAGE_RECORDS}`, `${SHOWN_RECORDS_MAX + PAGE_RECORDS - 1}`])
  while (scene.pages.hasLater) {
    const [oldest] = scene.texts
    scene.pages.showLater()
    await scene.paint(() => scene.texts[0] !== oldest)
  }
  expect(scene.texts).toEqual([`${all - SHOWN_RECORDS_MAX}`, `${all - 1}`])
  scene.pages.showNewest()
  await scene.paint(() => scene.pages.shown.length === PAGE_RECORDS)
})

test('whatever comes while a reader looks at older records, a bounded number is shown', async () => {
  const scene = new Scene()
  scene.add(PAGE_RECORDS)
  scene.pages.restart({})
  await scene.paint(() => scene.pages.isRead)
  scene.pages.isFollowing = false
  for (let turn = 1; turn <= 4; turn += 1) {
    scene.add(SHOWN_RECORDS_MAX / 2)
    for (let number = 0; number < SHOWN_RECORDS_MAX / 2; number += 1) scene.pages.refresh(1)
    const last = `${PAGE_RECORDS + (turn * SHOWN_RECORDS_MAX) / 2 - 1}`
    await scene.paint(() => scene.texts[1] === last)
    expect(scene.pages.shown.length).toBeLessThanOrEqual(SHOWN_RECORDS_MAX)
  }
})

test('however much happens, it is read once', async () => {
  const scene = new Scene()
  scene.add(1)
  scene.pages.restart({})
  for (let number = 0; number < 10_000; number += 1) scene.pages.refresh(1)
  expect(scene.due).toBe(1)
  await scene.paint(() => scene.pages.isRead)
  expect(scene.queries).toHaveLength(1)
})

test('deletions are not shown, and do not count', async () => {
  const scene = new Scene()
  scene.add(PAGE_RECORDS + 1)
  scene.add(3 * PAGE_RECORDS, KIND_DELETION)
  scene.pages.restart({})
  await scene.paint(() => scene.pages.isRead)
  expect(scene.pages.shown).toHaveLength(PAGE_RECORDS)
  expect([scene.texts, scene.pages.hasEarlier]).toEqual([['1', '50'], true])
})

test('what a reader looks at stays while newer records come', async () => {
  const scene = new Scene()
  scene.add(PAGE_RECORDS)
  scene.pages.restart({})
  await scene.paint(() => scene.pages.isRead)
  scene.pages.isFollowing = false
  scene.add(20)
  for (let number = 0; number < 20; number += 1) scene.pages.refresh(1)
  await scene.paint(() => scene.texts[1] === '69')
  expect(scene.texts[0]).toBe('0')
})

test('a reader at the bottom sees one page, whatever comes', async () => {
  const scene = new Scene()
  scene.add(PAGE_RECORDS)
  scene.pages.restart({})
  await scene.paint(() => scene.pages.isRead)
  scene.add(20)
  scene.pages.refresh(20)
  await scene.paint(() => scene.texts[1] === '69')
  expect(scene.pages.shown).toHaveLength(PAGE_RECORDS)
})

test('another collection begins anew, and what was read of the one before is dropped', async () => {
  const scene = new Scene()
  const gate = deferred()
  scene.gate = gate.promise
  scene.add(3)
  scene.pages.restart({})
  await scene.paint(() => scene.queries.length === 1)
  scene.records = []
  scene.pages.restart({ collection: 'notes' })
  gate.resolve()
  await scene.paint(() => scene.pages.isRead)
  expect(scene.queries.map(({ collection }) => collection)).toEqual([undefined, 'notes'])
  expect([scene.changes, scene.pages.shown]).toEqual([1, []])
})

test('a room that cannot be read says so, and is read again when something happens', async () => {
  const scene = new Scene()
  scene.error = new Error('the disk is gone')
  scene.pages.restart({})
  await scene.paint(() => scene.failures.length === 1)
  scene.error = null
  scene.add(1)
  scene.pages.refresh()
  await scene.paint(() => scene.pages.shown.length === 1)
})
