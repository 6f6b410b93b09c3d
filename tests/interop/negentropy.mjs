// The reference of negentropy in JavaScript, as nostr-tools has it: a client that says what it is told on standard input. Each line is
// a JSON list of items [time, id]; it writes its message, reads an answer, and so on, and at the end what it has and what it needs.

import { createInterface } from 'node:readline'
// The package has it, and does not export it.
import { Negentropy, NegentropyStorageVector } from './node_modules/nostr-tools/lib/esm/nip77.js'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => (await lines.next()).value

for (let line = await read(); line; line = await read()) {
  const storage = new NegentropyStorageVector()
  const { items, frame } = JSON.parse(line)
  for (const [time, id] of items) storage.insert(time, id)
  storage.seal()
  const client = new Negentropy(storage, frame)
  const have = []
  const need = []
  let message = client.initiate()
  while (message) {
    console.log(JSON.stringify({ message }))
    message = client.reconcile(
      await read(),
      id => have.push(id),
      id => need.push(id),
    )
  }
  console.log(JSON.stringify({ have, need }))
}
