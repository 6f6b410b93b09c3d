/**
 * Prints how two whole nodes of the page meet, as lines of JSON for tests/bench/bench_round.py, whose twin it is:
 * `node --max-old-space-size=8192 --import tsx bench/nodes.ts [records of a large set]`.
 */

import type { Record } from '../src/core/record.ts'
import { millisecondsSince } from '../test/protocol/large.ts'
import { Nodes, unsigned } from '../test/protocol/nodes.ts'
import { type Row, tell } from './rows.ts'

const SMALL = 20_000
const LARGE = Number(process.argv[2] ?? 200_000)

function meet(name: string, ours: readonly Record[], theirs: readonly Record[]): Row[] {
  const nodes = new Nodes(ours, theirs)
  const started = process.cpuUsage()
  nodes.meet()
  return [
    [`nodes of ${name}: rounds (goal 3)`, nodes.rounds, ''],
    [`nodes of ${name}: strikes (goal 0)`, nodes.strikes, ''],
    [`nodes of ${name}: both sides`, millisecondsSince(started) / 1e3, 's'],
    [`nodes of ${name}: memory of the process`, process.memoryUsage().rss / 2 ** 20, 'MiB'],
  ]
}

const [half, few] = [LARGE / 2, LARGE / 20]
const records = unsigned(Math.max(11 * SMALL, LARGE + half))
const many = LARGE.toLocaleString('en')
tell(meet('200,000 and 20,000, disjoint', records.slice(0, 10 * SMALL), records.slice(10 * SMALL, 11 * SMALL)))
tell(
  meet(`${many} and as many, a tenth differing, scattered`, records.slice(0, LARGE), records.slice(few, LARGE + few)),
)
tell(meet(`${many} and as many, half differing`, records.slice(0, LARGE), records.slice(half, LARGE + half)))
