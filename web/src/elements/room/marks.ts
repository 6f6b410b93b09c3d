/** What is not shown, and why: shadowed by a rule or a moderator, hidden by a policy, or sealed. Read once the visitor asks. */

import { type CSSResult, css, html, type LitElement, type TemplateResult } from 'lit'
import type { Record } from '../../core/record.ts'
import type { Explanation } from '../../moderation/explaining.ts'
import type { Query } from '../../room/query.ts'
import type { Room } from '../../room/room.ts'
import { type Face, faceOf } from './face.ts'

/** So many of the newest members are looked through. */
const LOOKED_AT = 500
const SHOWN_MAX = 50

/** How the marks look. */
export const marksStyles: CSSResult = css`
  .marks {
    flex: none;
    max-block-size: 40%;
    overflow: auto;
    padding: 8px var(--side);
    border-block-start: 1px solid var(--peerset-line);
    color: var(--peerset-muted);
    font-size: 13px;
  }

  .marks[open] {
    flex-shrink: 1;
  }

  .marks > summary {
    min-block-size: 24px;
    cursor: pointer;
  }

  .marks ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .marks li {
    display: grid;
    gap: 2px;
    padding-block: 6px;
    overflow-wrap: anywhere;
  }
`

/** A record that readers do not see, with the reason. */
export interface Mark {
  readonly face: Face
  readonly why: Explanation
}

/** Give the newest members of *room* that match *query* and are not shown, each with the reason. */
export async function marksIn(room: Pick<Room, 'members' | 'records' | 'moderation'>, query: Query): Promise<Mark[]> {
  const [all, seen] = [
    await room.members({ ...query, limit: LOOKED_AT }),
    await room.records({ ...query, limit: LOOKED_AT }),
  ]
  const shown = new Set(seen.map(({ id }) => id))
  const marks: Mark[] = []
  for (const record of all.filter(({ id }) => !shown.has(id))) {
    const why = await room.moderation.explain(record.id).catch(() => null)
    // What has gone meanwhile, or is shown after all, needs no reason; older versions are no matter of moderation.
    if (why !== null && why.policy !== VERSIONS) marks.push({ face: faceOf(record), why })
    if (marks.length === SHOWN_MAX) break
  }
  return marks
}

const VERSIONS = 'versions'

/** Lists what is not shown, while that is unfolded. */
export class Marks {
  readonly #host: LitElement
  readonly #read: () => Promise<Mark[]>
  #marks: readonly Mark[] | null = null

  constructor(host: LitElement, read: () => Promise<Mark[]>) {
    this.#host = host
    this.#read = read
  }

  /** Read anew the next time that it is unfolded. */
  forget(): void {
    this.#marks = null
  }

  render(): TemplateResult {
    return html`<details class="marks" part="marks" @toggle=${this.#toggled}>
      <summary>What is not shown, and why</summary>
      <div role="status">${this.#said()}</div>
      <ul>
        ${this.#marks?.map(markView)}
      </ul>
    </details>`
  }

  #said(): string {
    if (this.#marks === null) return 'One moment…'
    return this.#marks.length === 0 ? 'Everything is shown.' : ''
  }

  readonly #toggled = async (event: Event): Promise<void> => {
    if (!(event.target as HTMLDetailsElement).open) return
    this.forget()
    this.#host.requestUpdate()
    this.#marks = await this.#read().catch(() => [])
    this.#host.requestUpdate()
  }
}

function markView({ face, why }: Mark): TemplateResult {
  const { record, shortNpub, text, folded } = face
  return html`<li part="mark" data-policy=${why.policy}>
    <span class="mono" title=${face.npub}>${shortNpub}</span>
    <span class="foreign">${isSealed(record) ? 'A sealed record' : (folded ?? text)}</span>
    <span class="warn foreign" part="reason">${why.policy}: ${why.reason}</span>
  </li>`
}

function isSealed({ unread }: Record): boolean {
  return unread !== undefined && unread !== 'unsealed'
}
