/** The dashboard's head: which room, who we are, and how the set stands. */

import { css, html, type TemplateResult } from 'lit'
import { isOnline, standingOf } from '../room/standing.ts'
import { abridged, formatCount, keyName, npubOf } from './format.ts'
import { Instrument } from './instrument.ts'

/** `<peerset-dashboard-heading>`. */
export class Heading extends Instrument {
  static override styles = [
    Instrument.styles,
    css`
      .top {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: baseline;
        padding: 16px 16px 12px;
      }

      .top .chip {
        align-self: center;
        margin-inline-start: auto;
        padding: 2px 12px 2px 10px;
        border-radius: 14px;
        font-weight: 500;
      }

      /* The words are those of a room, where they stand in a line. */
      .chip > span::first-letter {
        text-transform: uppercase;
      }

      .chip > span {
        display: inline-block;
      }

      h2 {
        display: -webkit-box;
        margin: 0;
        overflow: hidden;
        font-size: 20px;
        line-height: 28px;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }

      dl {
        display: grid;
        grid-template-columns: repeat(3, minmax(72px, auto)) minmax(0, 1fr) minmax(0, 1fr);
        border-top: 1px solid var(--peerset-line);
      }

      dl > div {
        min-width: 0;
        padding: 8px 16px 12px;
      }

      dl > div + div {
        border-inline-start: 1px solid var(--peerset-line);
      }

      dt {
        color: var(--peerset-muted);
        font-size: 12px;
      }

      .figure {
        font-size: 22px;
        font-weight: 600;
        line-height: 28px;
        letter-spacing: -0.01em;
      }

      .line {
        line-height: 28px;
      }

      @container (max-width: 760px) {
        dl {
          grid-template-columns: repeat(3, 1fr);
        }

        .wide {
          grid-column: 1 / -1;
          border-top: 1px solid var(--peerset-line);
        }

        dl > div.wide {
          display: flex;
          gap: 12px;
          align-items: baseline;
          border-inline-start: 0;
          padding-block: 4px;
        }

        .wide dt {
          width: 40px;
        }
      }
    `,
  ]
  readonly heading = 'Room'
  readonly topics = ['records', 'time'] as const

  override render(): TemplateResult {
    if (this.recorder === null) return html`<p class="empty">No room is shown yet.</p>`
    const { room, isRoomOpen } = this.recorder
    const { peers, signaling } = room
    const { label, tone } = isRoomOpen
      ? standingOf({ phase: 'joined', peers, signaling, isOnline: isOnline() })
      : { label: 'room closed', tone: 'bad' }
    const { root } = room
    return html`<div class="top">
        <h2 class="foreign">${room.name.room}</h2>
        <span class="muted foreign">in ${room.name.app}</span>
        <span class="chip ${tone}" role="status"><i class="dot"></i><span>${label}</span></span>
      </div>
      <dl>
        ${figure('Records', room.count)} ${figure('Days', room.days.length)}
        ${figure('Peers', peers.filter(peer => peer.state === 'established').length)}
        <div class="wide">
          <dt>You</dt>
          <dd class="line">
            <span class="mono">${keyName(room.key)}</span>
            <peerset-dashboard-copy .text=${npubOf(room.key)} label="your public key"></peerset-dashboard-copy>
          </dd>
        </div>
        <div class="wide">
          <dt>Root</dt>
          <dd class="line">
            <span class="mono" title=${root}>${abridged(root, 8, 4)}</span>
            <peerset-dashboard-copy .text=${root} label="the root"></peerset-dashboard-copy>
          </dd>
        </div>
      </dl>`
  }
}

function figure(name: string, count: number): TemplateResult {
  return html`<div><dt>${name}</dt><dd class="figure number">${formatCount(count)}</dd></div>`
}
