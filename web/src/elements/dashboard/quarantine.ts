/** What view policies hide here, with a way back for each. */

import { css, html, type TemplateResult } from 'lit'
import type { RecordId } from '../../core/record.ts'
import { ConfigError, RoomClosedError } from '../../errors.ts'
import type { Hidden } from '../../moderation/curtain.ts'
import { excerpt, formatCount, formatTime, idName } from './format.ts'
import { Instrument } from './instrument.ts'

/** So many are listed; the others come up as these are released. */
export const LISTED_MAX = 100

/** `<peerset-dashboard-quarantine>`; gone while nothing is hidden. */
export class Quarantine extends Instrument {
  static override styles = [
    Instrument.styles,
    css`
      ul {
        max-height: 240px;
        overflow: auto;
        list-style: none;
      }

      li {
        display: flex;
        gap: 8px;
        align-items: center;
        padding: 4px 8px 4px 16px;
        border-top: 1px solid var(--peerset-line);
      }

      li > span {
        flex: 1;
        min-width: 0;
      }
    `,
  ]
  readonly heading = 'Quarantine'
  readonly topics = ['records', 'time'] as const

  override render(): TemplateResult | null {
    const hidden = this.recorder?.room.moderation.quarantine() ?? []
    this.toggleAttribute('hidden', hidden.length === 0)
    if (hidden.length === 0) return null
    const newest = hidden.toReversed().slice(0, LISTED_MAX)
    return this.card(
      html`<ul aria-live="polite">${newest.map(each => this.#item(each))}</ul>`,
      null,
      formatCount(hidden.length),
    )
  }

  #item({ id, policy, reason, createdAt }: Hidden): TemplateResult {
    const name = idName(id)
    return html`<li>
      <span><span class="mono" title=${formatTime(createdAt)}>${name}</span>
        <span class="chip warn">${policy}</span> <span class="muted foreign">${excerpt(reason, 120)}</span></span>
      <button class="small" type="button" aria-label="Release ${name}" @click=${() => this.release(id)}>Release</button>
    </li>`
  }

  /** Show a record again. */
  async release(id: RecordId): Promise<void> {
    try {
      await this.recorder?.room.moderation.release(id)
    } catch (error) {
      // It was deleted, or the room was left, while the list was on the screen.
      if (!(error instanceof ConfigError || error instanceof RoomClosedError)) throw error
    }
    this.recorder?.touch('records')
  }
}
