import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/phases.json'
import { Epochs, PhasedName } from '../../src/adapters/phases.ts'
import { PHASE_BORDER_SECONDS, PHASE_JITTER_SECONDS } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { seededRng } from '../seeded.ts'

const HOUR = 3_600
const NAME = new PhasedName({ app: 'app', room: 'lobby' }, '', 6 * HOUR)

test.each(vectors.phases)('$app/$room has the name and the places of epoch $epoch that Python gives it', each => {
  const phased = new PhasedName({ app: each.app, room: each.room }, each.password, each.period_seconds)
  expect(phased.at(each.epoch)).toEqual({ app: each.app, room: each.name })
  expect(phased.placesAt(each.epoch, each.places)).toEqual(each.part)
  expect(phased.aliases(each.epoch).of(each.peer as PeerId)).toBe(each.alias)
  expect(phased.aliases(each.epoch).peer(each.alias)).toBe(each.peer)
  expect(phased.placesAt(each.epoch, each.places.toReversed())).toEqual(each.part)
})

test('neighbouring epochs share no place, and each place has its turn', () => {
  for (const count of [2, 3, 4, 5]) {
    const places = Array.from({ length: count }, (_, number) => `wss://${number}.example`)
    const turns = new Map(places.map(place => [place, 0]))
    for (let epoch = 0; epoch < 60; epoch += 1) {
      const part = NAME.placesAt(epoch, places)
      expect(part.filter(place => NAME.placesAt(epoch + 1, places).includes(place))).toEqual([])
      for (const place of part) turns.set(place, (turns.get(place) ?? 0) + 1)
    }
    expect(new Set(turns.values()).size).toBe(1)
  }
  expect(NAME.placesAt(7, [])).toEqual([])
})

test('both neighbours are announced around a border, and one epoch else', () => {
  const epochs = new Epochs(HOUR, seededRng('borders'))
  const [sure, longest] = [PHASE_BORDER_SECONDS / 2, PHASE_BORDER_SECONDS / 2 + PHASE_JITTER_SECONDS]
  for (let number = 1; number < 40; number += 1) {
    const border = number * HOUR
    expect(epochs.at(border - longest - 1)).toEqual([number - 1])
    for (const unix of [border - sure, border, border + sure - 1]) expect(epochs.at(unix)).toEqual([number - 1, number])
    expect(epochs.at(border + longest + 1)).toEqual([number])
  }
})

test('members come and go at times of their own', () => {
  const times = new Set<number>()
  for (let seed = 0; seed < 20; seed += 1) {
    const epochs = new Epochs(HOUR, seededRng(`member ${seed}`))
    times.add(HOUR / 2 + epochs.restSeconds(HOUR / 2)).add(HOUR + epochs.restSeconds(HOUR))
  }
  expect(times.size).toBe(40)
})

test('nothing changes until it is said to', () => {
  const epochs = new Epochs(HOUR, seededRng('changes'))
  let unix = 1_700_000_000
  for (let change = 0; change < 80; change += 1) {
    const [before, rest] = [epochs.at(unix), epochs.restSeconds(unix)]
    for (const part of [0.01, 0.5, 0.99]) expect(epochs.at(unix + rest * part)).toEqual(before)
    unix += rest + 0.001
    const after = epochs.at(unix)
    expect(
      before.filter(each => !after.includes(each)).length + after.filter(each => !before.includes(each)).length,
    ).toBe(1)
  }
})
