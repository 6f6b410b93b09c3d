/** The counters, drawn: what happened since the dashboard was opened. */

import { css, html, type TemplateResult } from 'lit'
import { formatBytes } from '../bytes.ts'
import { formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import type { Recorder } from './recorder.ts'
import { fullHeight, sparkline, sparklineStyles } from './sparkline.ts'

/** `<peerset-dashboard-figures>`. */
export class Figures extends Instrument {
  static override styles = [
    Instrument.styles,
    sparklineStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 0 24px;
      }

      dl > div {
        display: flex;
        justify-content: space-between;
        gap: 8px;
        padding: 4px 0;
        border-bottom: 1px solid color-mix(in oklab, var(--peerset-line) 60%, transparent);
      }

      dt {
        color: var(--peerset-muted);
      }

      h3 {
        margin: 12px 0 4px;
        color: var(--peerset-muted);
        font-size: 12px;
        font-weight: 500;
      }

      ul {
        list-style: none;
      }

      .bandwidth {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 4px 12px;
        align-items: center;
      }

      .bandwidth svg {
        flex: 1;
        min-width: 0;
      }

      li {
        display: grid;
        grid-template-columns: minmax(64px, max-content) 1fr max-content;
        gap: 8px;
        align-items: center;
        line-height: 22px;
      }

      meter {
        width: 100%;
        height: 6px;
        border: 0;
        border-radius: 3px;
        background: var(--peerset-sunken);
      }

      meter::-webkit-meter-bar {
        border: 0;
        border-radius: 3px;
        background: var(--peerset-sunken);
      }

      meter::-webkit-meter-optimum-value {
        border-radius: 3px;
        background: var(--peerset-bad);
      }
    `,
  ]
  readonly heading = 'Counters'
  readonly topics = ['messages', 'log', 'time'] as const

  override render(): TemplateResult {
    const { recorder } = this
    if (recorder === null) return this.card(html`<p class="empty">Nothing to count yet.</p>`)
    const { counters } = recorder
    const refused = [...counters.refused].sort((one, other) => other[1] - one[1])
    const all = refused.reduce((sum, [, count]) => sum + count, 0)
    const rows: [string, string][] = [
      ['Added', formatCount(counters.added)],
      ['Refused', formatCount(all)],
      ['Deleted', formatCount(counters.deleted)],
      ['Expired', formatCount(counters.expired)],
      ['Known already', formatCount(counters.known)],
      ['Hidden', formatCount(counters.hidden)],
      ['Postponed', formatCount(counters.postponed)],
      ['Strikes', formatCount(counters.strikes)],
      ['Messages in', formatCount(counters.in.messages)],
      ['Messages out', formatCount(counters.out.messages)],
      ['Bytes in', formatBytes(counters.in.bytes)],
      ['Bytes out', formatBytes(counters.out.bytes)],
    ]
    const body = html`<div class="body">
      <dl class="number">
        ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      </dl>
      ${bandwidth(recorder)} ${refused.length === 0 ? null : refusals(refused)}
    </div>`
    return this.card(body, null, 'since this was opened')
  }
}

function bandwidth({ bandwidth }: Recorder): TemplateResult {
  const now = performance.now()
  const [received, sent] = [bandwidth.in.history(now), bandwidth.out.history(now)]
  const most = fullHeight([received, sent])
  return html`<h3>Last minute</h3>
    <div class="bandwidth number">
      <span>In</span>${sparkline(received, most)} <span>Out</span>${sparkline(sent, most)}
    </div>`
}

function refusals(refused: readonly (readonly [source: string, count: number])[]): TemplateResult {
  const most = refused[0]?.[1] ?? 1
  return html`<h3>Refused by</h3>
    <ul>
      ${refused.map(
        ([source, count]) =>
          html`<li><span>${source}</span><meter max=${most} value=${count}></meter><span class="number">${formatCount(count)}</span></li>`,
      )}
    </ul>`
}
