// Hyperbee, and HyperDB on Hyperbee and on RocksDB, with the places of `tests.bench.filled`: a line of JSON a figure.
// node databases.mjs FOLDER ENGINE [COUNT]: the places come on standard input, a line of JSON each. With a count they are
// only written, so many at once.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import HyperDB from 'hyperdb'

const require = createRequire(import.meta.url)
const PAGE = 20
const [folder, engine, only] = process.argv.slice(2)
const BATCH = Number(only ?? 1000)

function pad(number, digits) {
  return String(number).padStart(digits, '0')
}

// Stars fall: the highest first.
function rank(stars) {
  return pad(Math.round((5 - stars) * 100), 3)
}

class Bee {
  async open() {
    this.store = new Corestore(join(folder, 'bee'))
    this.bee = new Hyperbee(this.store.get({ name: 'places' }), { keyEncoding: 'utf-8', valueEncoding: 'json' })
    await this.bee.ready()
  }

  // Indexes are keys that name the document, as people build them by hand.
  async insert(places) {
    const batch = this.bee.batch()
    for (const place of places) {
      const { city, key, stars } = place
      await batch.put(`doc/${key}`, place)
      await batch.put(`city/${city}/${key}`, key)
      await batch.put(`stars/${rank(stars)}/${key}`, key)
      await batch.put(`both/${city}/${rank(stars)}/${key}`, key)
    }
    await batch.flush()
  }

  async get(key) {
    return (await this.bee.get(`doc/${key}`)).value
  }

  byCity(city) {
    return this.page({ gte: `city/${city}/`, lt: `city/${city}0` }, { reverse: true })
  }

  byStars(stars) {
    return this.page({ gt: `stars/${rank(stars)}/~`, lt: 'stars0' }, {})
  }

  async page(range, options) {
    const found = []
    for await (const { value } of this.bee.createReadStream(range, { ...options, limit: PAGE })) found.push(value)
    return Promise.all(found.map((key) => this.get(key)))
  }

  async countCity(city) {
    let count = 0
    for await (const _ of this.bee.createReadStream({ gte: `city/${city}/`, lt: `city/${city}0` })) count += 1
    return count
  }

  async scan(visits) {
    let count = 0
    for await (const { value } of this.bee.createReadStream({ gte: 'doc/', lt: 'doc0' })) {
      count += value.visits === visits
    }
    return count
  }

  async close() {
    await this.store.close()
  }
}

class Database {
  async open() {
    const definition = require(this.define())
    if (engine === 'rocks') {
      this.db = HyperDB.rocks(join(folder, 'rocks'), definition)
    } else {
      this.store = new Corestore(join(folder, 'hyperdb'))
      this.db = HyperDB.bee(this.store.get({ name: 'places' }), definition, { autoUpdate: true })
    }
    await this.db.ready()
  }

  define() {
    const Hyperschema = require('hyperschema')
    const Builder = require('hyperdb/builder')
    const [schemas, built] = [join(import.meta.dirname, 'build', 'schema'), join(import.meta.dirname, 'build', 'db')]
    const schema = Hyperschema.from(schemas)
    const fields = { key: 'string', title: 'string', city: 'string', rank: 'uint', stars: 'float64', open: 'bool' }
    const all = Object.entries({ ...fields, visits: 'uint', note: 'string' })
    const listed = all.map(([name, type]) => ({ name, type, required: type !== 'bool' }))
    schema.namespace('bench').register({ name: 'place', fields: listed })
    Hyperschema.toDisk(schema)
    const builder = Builder.from(schemas, built)
    const bench = builder.namespace('bench')
    bench.collections.register({ name: 'places', schema: '@bench/place', key: ['key'] })
    for (const [name, key] of Object.entries({ city: ['city', 'key'], stars: ['rank', 'key'], both: ['city', 'rank'] })) {
      bench.indexes.register({ name, collection: '@bench/places', key })
    }
    Builder.toDisk(builder)
    return built
  }

  async insert(places) {
    for (const place of places) await this.db.insert('@bench/places', { ...place, rank: Number(rank(place.stars)) })
    await this.db.flush()
  }

  get(key) {
    return this.db.get('@bench/places', { key })
  }

  byCity(city) {
    return this.db.find('@bench/city', { gte: { city }, lte: { city } }, { limit: PAGE, reverse: true }).toArray()
  }

  byStars(stars) {
    return this.db.find('@bench/stars', { gt: { rank: Number(rank(stars)) } }, { limit: PAGE }).toArray()
  }

  async countCity(city) {
    return (await this.db.find('@bench/city', { gte: { city }, lte: { city } }).toArray()).length
  }

  async scan(visits) {
    let count = 0
    for await (const place of this.db.find('@bench/places')) count += place.visits === visits
    return count
  }

  async close() {
    await this.db.close()
    await this.store?.close()
  }
}

function seconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function measure(label, repeats, work) {
  const spent = []
  await work(0)
  const begun = seconds()
  for (let at = 0; at < repeats; at += 1) {
    const before = performance.now()
    await work(at)
    spent.push((performance.now() - before) * 1e3)
  }
  const computing = ((seconds() - begun) * 1e6) / repeats
  spent.sort((one, other) => one - other)
  console.log(JSON.stringify([label, spent[Math.floor(repeats / 2)], spent[Math.floor(repeats * 0.95)], computing]))
}

const db = engine === 'hyperbee' ? new Bee() : new Database()
await db.open()
let [count, batch] = [0, []]
let spent = 0
async function insert() {
  const before = seconds()
  await db.insert(batch)
  spent += seconds() - before
  count += batch.length
  batch = []
}
for await (const line of createInterface({ input: process.stdin })) {
  // Keys that sort by time.
  batch.push({ ...JSON.parse(line), key: `k${pad(count + batch.length, 8)}` })
  if (batch.length === BATCH) await insert()
}
if (batch.length) await insert()
console.log(JSON.stringify(['write', count / spent, 0, 0]))
await db.close()
if (only) process.exit(0)
const before = performance.now()
const begun = seconds()
await db.open()
const opened = (performance.now() - before) * 1e3
console.log(JSON.stringify(['open', opened, opened, (seconds() - begun) * 1e6]))
await measure('find', 200, (at) => db.byCity(`city ${at % 50}`))
await measure('range', 200, (at) => db.byStars((at % 40) / 10 + 1))
await measure('count', 20, (at) => db.countCity(`city ${at % 50}`))
await measure('get', 1000, (at) => db.get(`k${pad((at * 7919) % count, 8)}`))
await measure('scan', 1, () => db.scan(7))
await db.close()
