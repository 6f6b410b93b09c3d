import { expect, test } from 'vitest'
import type { RecordId } from '../../src/core/record.ts'
import type { Doc } from '../../src/data/types.ts'
import { type Entry, Window } from '../../src/data/window.ts'
import { compare, readOrder, type Seat } from '../../src/documents/order.ts'
import type { Scalar } from '../../src/documents/value.ts'
import { seededRng } from '../seeded.ts'

const ORDERS = ['-time', 'time', 'a', '-a', ['a', '-b', 'time'], ['-a', '-b']].map(readOrder)
const SCALARS: readonly Scalar[] = [null, false, true, 0, 1, 2.5, '', 'a', '\uffff', '\u{1f30d}']
const CASES = 150
const STEPS = 30

function entry(seat: Seat): Entry<null> {
  return { seat, place: { identity: seat.id, version: seat.id, doc: { id: seat.id } as Doc<null> } }
}

function ids(window: Window<null>): RecordId[] {
  return window.places.map(({ doc }) => doc.id)
}

test.each(Array.from({ length: CASES }, (_, number) => number))('it holds the first that there are (%i)', number => {
  const rng = seededRng(`window ${number}`)
  const below = (most: number) => rng.uint32() % most
  const order = ORDERS[below(ORDERS.length)] ?? readOrder('-time')
  const seats = Array.from({ length: 12 }, (_, at): Seat => {
    const values = order.slice(0, -1).map(() => SCALARS[below(SCALARS.length)] ?? null)
    return { values, stamp: below(4), id: at.toString(16).padStart(64, '0') as RecordId }
  })
  const window = new Window<null>(order, 1 + below(4))
  const here = new Set(seats.slice(0, 6))
  const sorted = () => [...here].sort((one, other) => compare(order, one, other))
  const refill = () => {
    for (let asked = window.lacks; asked > 0; asked = window.lacks) {
      const { last } = window
      const behind = sorted().filter(seat => last === null || compare(order, seat, last) > 0)
      window.fill(behind.slice(0, asked).map(entry), asked)
    }
  }
  refill()
  for (let step = 0; step < STEPS; step++) {
    const [before, version] = [ids(window), window.version]
    const seat = seats[below(seats.length)] as Seat
    const what = below(8)
    if (what === 0) window.size = Math.min(window.size + 1, 9)
    else if (what === 1) window.clear()
    else if (here.delete(seat)) expect(window.remove(seat.id)).toBe(before.includes(seat.id))
    else {
      here.add(seat)
      const fallen = window.add(entry(seat))
      if (fallen !== null) expect(window.has(fallen)).toBe(false)
    }
    refill()
    expect(ids(window)).toEqual(
      sorted()
        .slice(0, window.size)
        .map(({ id }) => id),
    )
    expect([...window.ids].sort()).toEqual(ids(window).sort())
    if (`${ids(window)}` !== `${before}`) expect(window.version).not.toBe(version)
  }
})

test('what is there already is not put in twice', () => {
  const window = new Window<null>(readOrder('-time'), 5)
  const seat: Seat = { values: [], stamp: 1, id: '00'.repeat(32) as RecordId }
  window.fill([entry(seat)], 5)
  expect(window.add(entry(seat))).toBeNull()
  expect(ids(window)).toEqual([seat.id])
})
