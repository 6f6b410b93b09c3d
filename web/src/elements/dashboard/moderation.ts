/** What was decided here, and why: whom the user bans and mutes, what view policies hide, what was refused lately. */

import { css, html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { isPublicKey, type PublicKey } from '../../core/keys.ts'
import { ConfigError, RoomClosedError } from '../../errors.ts'
import type { Ban } from '../../moderation/bans.ts'
import type { Hidden } from '../../moderation/curtain.ts'
import type { Moderation as Court } from '../../moderation/moderator.ts'
import { durationText } from '../duration.ts'
import { excerpt, formatClock, formatCount, formatTime, idName, keyName, peerName } from './format.ts'
import { Instrument } from './instrument.ts'
import type { Refusal } from './recorder.ts'
import { Roving } from './roving.ts'

/** So many of what is hidden are listed; the others come up as these are released. */
export const LISTED_MAX = 100

/** One decision, and the way back from it, if there is one. */
export interface Decision {
  /** Tells it from all others. */
  readonly key: string
  readonly subject: string
  /** When it was made, or what it is about. */
  readonly detail: string
  readonly word: string
  readonly tone: 'warn' | 'bad' | 'muted'
  readonly reason: string
  readonly undo: { readonly name: string; readonly act: Act } | null
}

type Act = () => Promise<void>

/** Give the decisions of *moderation*, and what was refused lately, the gravest first; *now* is in Unix seconds. */
export function decisionsOf(moderation: Court, refusals: readonly Refusal[], now: number): Decision[] {
  const hidden = moderation.quarantine().toReversed().slice(0, LISTED_MAX)
  return [
    ...moderation.bans().map(ban => banned(ban, now, () => moderation.lift(ban.subject))),
    ...moderation.muted().map(author => muted(author, () => moderation.unmute(author))),
    ...hidden.map(each => held(each, () => moderation.release(each.id))),
    ...refusals.toReversed().map(refused),
  ]
}

function banned({ subject, until, reason }: Ban, now: number, act: Act): Decision {
  const left = durationText(Math.max(0, until - now))
  const name = isPublicKey(subject) ? keyName(subject) : subject
  const undo = { name: 'Lift', act }
  return {
    key: `ban ${subject}`,
    subject: name,
    detail: subject,
    word: 'banned',
    tone: 'bad',
    reason: `${reason} (for ${left})`,
    undo,
  }
}

function muted(author: PublicKey, act: Act): Decision {
  const reason = 'nothing by this author is shown here'
  const undo = { name: 'Unmute', act }
  return { key: `mute ${author}`, subject: keyName(author), detail: author, word: 'muted', tone: 'warn', reason, undo }
}

function held({ id, policy, reason, createdAt }: Hidden, act: Act): Decision {
  const detail = `${id}, ${formatTime(createdAt)}`
  return { key: id, subject: idName(id), detail, word: policy, tone: 'warn', reason, undo: { name: 'Release', act } }
}

function refused(refusal: Refusal): Decision {
  const { number, source, reason, peer, time } = refusal
  const [subject, what] =
    refusal.type === 'RecordRejected'
      ? [idName(refusal.id), refusal.id]
      : [`${formatCount(refusal.count)} more`, 'refused within a second, the last of them for this reason']
  return {
    key: `refusal ${number}`,
    subject,
    detail: `${what}, ${formatClock(time)}`,
    word: source,
    tone: 'muted',
    reason: `refused: ${reason}${peer === null ? '' : `, from ${peerName(peer)}`}`,
    undo: null,
  }
}

/** `<peerset-dashboard-moderation>`. */
export class Moderation extends Instrument {
  static override styles = [
    Instrument.styles,
    css`
      .scroll {
        max-height: 320px;
      }

      td {
        height: auto;
        padding-block: 6px;
        white-space: normal;
      }

      td:last-child {
        width: 1px;
        padding-inline: 0 12px;
        text-align: end;
      }

      .chip {
        margin-inline-start: 6px;
      }

      .reason {
        display: -webkit-box;
        overflow: hidden;
        color: var(--peerset-muted);
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
    `,
  ]
  readonly heading = 'Moderation'
  readonly topics = ['records', 'log', 'time'] as const
  readonly #roving = new Roving(this)

  override render(): TemplateResult {
    const { recorder } = this
    const now = Date.now() / 1_000
    const all = recorder === null ? [] : decisionsOf(recorder.room.moderation, recorder.refusals.elements(), now)
    if (all.length === 0) {
      return this.card(html`<p class="empty">Nothing is hidden or refused, and nobody muted or banned.</p>`)
    }
    const body = html`<div class="scroll">
      <table role="grid">
        <caption class="unseen">Bans, mutes, hidden and refused records, with reasons</caption>
        <tbody @keydown=${this.#roving.pressed} @focusin=${this.#roving.focused}>
          ${repeat(
            all,
            ({ key }) => key,
            decision => this.#row(decision),
          )}
        </tbody>
      </table>
    </div>`
    return this.card(body, null, formatCount(all.length))
  }

  #row({ subject, detail, word, tone, reason, undo }: Decision): TemplateResult {
    return html`<tr>
      <td>
        <span class="mono" title=${detail}>${subject}</span><span class="chip ${tone}">${excerpt(word, 32)}</span>
        <span class="reason foreign" title=${excerpt(reason)}>${excerpt(reason)}</span>
      </td>
      <td>${
        undo === null
          ? nothing
          : html`<button class="small" type="button" tabindex="-1" aria-label="${undo.name} ${subject}" @click=${() => this.undo(undo.act)}>${undo.name}</button>`
      }</td>
    </tr>`
  }

  /** Take a decision back. */
  async undo(act: Act): Promise<void> {
    try {
      await act()
    } catch (error) {
      // It was deleted, or the room was left, while the list was on the screen.
      if (!(error instanceof ConfigError || error instanceof RoomClosedError)) throw error
    }
    this.recorder?.touch('records')
  }
}
