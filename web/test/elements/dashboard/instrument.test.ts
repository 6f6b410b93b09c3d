import { html, type TemplateResult } from 'lit'
import { expect, test } from 'vitest'
import { Instrument } from '../../../src/elements/dashboard/instrument.ts'
import type { Topic } from '../../../src/elements/dashboard/recorder.ts'
import { define } from '../../../src/elements/define.ts'
import { watched, written } from './lobby.ts'
import { wordsOf } from './markup.ts'

class Probe extends Instrument {
  readonly heading = 'Probe'
  readonly topics = ['records'] as const
  told: Topic[][] = []

  override render(): TemplateResult {
    return this.card(html`<p>body</p>`, html`<i>tools</i>`, 'note')
  }

  protected override changed(topics: ReadonlySet<Topic>): void {
    this.told.push([...topics])
  }

  take(recorder: Probe['recorder']): void {
    this.recorder = recorder
    this.willUpdate(new Map([['recorder', null]]))
  }
}

define('peerset-test-probe', Probe)

test('a part has its name, what can be done, and what it shows', () => {
  expect(wordsOf(new Probe().render())).toBe('Probe note tools body')
})

test('a part hears of its own topics while it is on the page', async () => {
  const { room, recorder, pacer } = await watched()
  const probe = new Probe()
  Object.defineProperty(probe, 'isConnected', { get: () => true })
  probe.take(recorder)
  pacer.draw()
  probe.told = []
  recorder.touch('messages')
  pacer.draw()
  expect(probe.told).toEqual([])
  await room.add([written('news')])
  pacer.draw()
  expect(probe.told).toHaveLength(1)
  probe.disconnectedCallback()
  recorder.touch('records')
  pacer.draw()
  expect(probe.told).toHaveLength(1)
  await room.leave()
})
