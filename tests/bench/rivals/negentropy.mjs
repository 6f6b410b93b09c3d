// Negentropy's own JavaScript, as applesauce-relay brings it along, with the sets of `tests.bench.bench_reconcile`: a line
// of JSON a case, [name, bytes of each message in turn, milliseconds of either side, ids that one lacks of the other].
// node negentropy.mjs FOLDER NAME...: NAME.both, NAME.ours and NAME.theirs hold entries, 4 bytes of time and 32 of id each.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Negentropy, NegentropyStorageVector } from './node_modules/applesauce-relay/dist/lib/negentropy.js'

const ENTRY_BYTES = 36
const FRAME_BYTES_MAX = 60_000
const [folder, ...names] = process.argv.slice(2)
const read = new Map()

function items(file) {
  if (!read.has(file)) {
    const bytes = new Uint8Array(readFileSync(join(folder, file)))
    const view = new DataView(bytes.buffer)
    const found = []
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      found.push({ timestamp: view.getUint32(at), id: bytes.subarray(at + 4, at + ENTRY_BYTES) })
    }
    read.set(file, found)
  }
  return read.get(file)
}

function storage(...parts) {
  const vector = new NegentropyStorageVector()
  // The items are what `insert` would make of them; two sides share them, for a million of each are large.
  vector.items = parts.flat()
  vector.seal()
  return vector
}

async function timed(spent, side, work) {
  const before = process.cpuUsage()
  const done = await work()
  const { user, system } = process.cpuUsage(before)
  spent[side] += (user + system) / 1e3
  return done
}

for (const name of names) {
  const [base, only] = name.split('=')
  const both = items(`${base}.both`)
  const sides = ['ours', 'theirs'].map((side) => new Negentropy(storage(both, items(`${only}.${side}`)), FRAME_BYTES_MAX))
  for (const side of sides) side.wantUint8ArrayOutput = true
  const [spent, sizes, lacking] = [[0, 0], [], [0, 0]]
  let message = await timed(spent, 0, () => sides[0].initiate())
  for (let side = 1; message; side = 1 - side) {
    sizes.push(message.length)
    const [answer, have, need] = await timed(spent, side, () => sides[side].reconcile(message))
    if (side === 0) {
      lacking[0] += need.length
      lacking[1] += have.length
    }
    message = answer
  }
  console.log(JSON.stringify([only, sizes, spent, lacking]))
}
