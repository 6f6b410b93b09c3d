import { expect, test } from 'vitest'
import { PeersetDashboard } from '../../../src/elements/dashboard/element.ts'
import { Recorder } from '../../../src/elements/dashboard/recorder.ts'
import type { Room } from '../../../src/room/room.ts'
import { meet, Pacer } from './lobby.ts'
import { markupOf } from './markup.ts'

test('importing the dashboard registers it, and all of its parts', () => {
  const parts = markupOf(new PeersetDashboard().render()).match(/(?<=<)peerset-[\w-]+/g) ?? []
  expect(parts.length).toBeGreaterThan(8)
  const known = ['peerset-dashboard', 'peerset-dashboard-copy', ...parts]
  expect(known.filter(name => customElements.get(name) === undefined)).toEqual([])
})

test('a narrow dashboard shows the parts of one tab', () => {
  const dashboard = new PeersetDashboard()
  const shown = () => markupOf(dashboard.render()).match(/part shown/g)?.length
  expect(shown()).toBe(2)
  dashboard.tab = 'Log'
  expect(shown()).toBe(1)
})

test('what went wrong is told', async () => {
  const dashboard = new PeersetDashboard()
  expect(markupOf(dashboard.render())).not.toContain('role="alert"')
  dashboard.failure = 'no such room'
  expect(markupOf(dashboard.render())).toContain('no such room')
  const [room] = (await meet(1)) as [Room]
  dashboard.recorder = new Recorder(room, new Pacer())
  await room.leave()
})
