/** What can be done to the set from here: generate, import, export, reset. */

import { css, html, type TemplateResult } from 'lit'
import { systemRng } from '../../adapters/system.ts'
import type { UnixTime } from '../../core/clock.ts'
import type { Record } from '../../core/record.ts'
import { PeersetError } from '../../errors.ts'
import { bring, FAULTS_TOLD_MAX, type Fault, fileOf, type Progress, readRecords } from './archive.ts'
import { formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import type { Recorder } from './recorder.ts'
import { makeSamples, SAMPLES_MAX } from './samples.ts'

/** Work that is under way. */
interface Task {
  readonly name: string
  /** How many records it will bring; null when nobody knows. */
  readonly total: number | null
  readonly progress: Progress
  readonly stopping: AbortController
}

const URL_KEPT_MILLISECONDS = 60_000

/** `<peerset-dashboard-tools>`; needs `reset` to offer one. */
export class Tools extends Instrument {
  static override properties = {
    reset: { attribute: false },
    task: { state: true },
    said: { state: true },
    isAsking: { state: true },
    isOver: { state: true },
  }
  static override styles = [
    Instrument.styles,
    css`
      fieldset {
        margin: 0 0 12px;
        padding: 0 0 12px;
        border: 0;
        border-bottom: 1px solid var(--peerset-line);
      }

      input[type='number'] {
        width: 88px;
      }

      .task {
        margin-top: 12px;
      }

      .drop {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
        margin-bottom: 12px;
        padding: 12px;
        border: 1px dashed var(--peerset-edge);
        border-radius: calc(var(--peerset-radius) * 0.7);
      }

      .drop.over {
        border-color: var(--peerset-accent);
        background: color-mix(in oklab, var(--peerset-accent) 8%, transparent);
      }

      progress {
        flex: 1;
        width: 100%;
        min-width: 64px;
        height: 6px;
        accent-color: var(--peerset-accent);
      }

      .danger {
        color: var(--peerset-bad);
      }

      output {
        display: block;
        margin-top: 12px;
        white-space: pre-line;
      }
    `,
  ]
  readonly heading = 'Tools'
  readonly topics = ['time'] as const
  /** Leaves the room, clears what is stored of it here and joins again; null when nobody can join again. */
  declare reset: (() => Promise<void>) | null
  declare task: Task | null
  declare said: string
  declare isAsking: boolean
  declare isOver: boolean

  constructor() {
    super()
    this.reset = null
    this.task = null
    this.said = ''
    this.isAsking = false
    this.isOver = false
  }

  override render(): TemplateResult {
    const canAct = this.task === null && this.recorder?.isRoomOpen === true
    const body = html`<div class="body">
      <form @submit=${this.#generate}>
        <fieldset class="row" ?disabled=${!canAct}>
          <label>Records <input class="small number" name="count" type="number" min="1" max=${SAMPLES_MAX} value="100" required /></label>
          <label>over days <input class="small number" name="days" type="number" min="1" max="89" value="30" required /></label>
          <button class="small">Generate</button>
        </fieldset>
      </form>
      <div class="drop ${this.isOver ? 'over' : ''}" @dragover=${this.#over} @dragleave=${this.#left} @drop=${this.#dropped}>
        <input hidden id="file" type="file" accept=".jsonl,.ndjson,.json,.txt" @change=${this.#picked} />
        <button class="small" type="button" ?disabled=${!canAct} @click=${this.#pick}>Import a file</button>
        <span class="muted">or drop JSON lines of NIP-01 events here</span>
      </div>
      <div class="row">
        <button class="small" type="button" ?disabled=${!canAct} @click=${this.exportAll}>Export all records</button>
        ${this.#resetting()}
      </div>
      ${this.#progress()}
      <output role="status">${this.said}</output>
    </div>`
    return this.card(body)
  }

  /** Make *count* samples over *days* days and bring them in. */
  async generate(count: number, days: number): Promise<void> {
    await this.#work('Generating', count, async ({ room }) => {
      const now = Math.floor(Date.now() / 1_000) as UnixTime
      return makeSamples(count, { room: room.name, rng: systemRng(), now, days })
    })
  }

  /** Bring in the records of *file*. */
  async import(file: Blob): Promise<void> {
    const faults: Fault[] = []
    await this.#work('Importing', null, async () => readRecords(file, fault => faults.push(fault)))
    if (faults.length === 0) return
    const told = faults.slice(0, FAULTS_TOLD_MAX).map(({ line, reason }) => `line ${formatCount(line)}: ${reason}`)
    this.said += `\n${formatCount(faults.length)} lines hold no record: ${told.join('; ')}`
  }

  /** Save every member to a file. */
  readonly exportAll = async (): Promise<void> => {
    const { recorder } = this
    if (recorder === null) return
    const records = await recorder.room.members()
    const link = document.createElement('a')
    link.href = URL.createObjectURL(fileOf(records))
    link.download = `${recorder.room.name.room.replace(/[^\w-]+/g, '-') || 'room'}.jsonl`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), URL_KEPT_MILLISECONDS)
    this.said = `${formatCount(records.length)} records saved as ${link.download}`
  }

  async #work(
    name: string,
    total: number | null,
    begin: (recorder: Recorder) => Promise<Iterable<Record> | AsyncIterable<Record>>,
  ): Promise<void> {
    const { recorder } = this
    if (recorder === null || this.task !== null) return
    const stopping = new AbortController()
    this.said = ''
    this.task = { name, total, progress: { done: 0, fresh: 0 }, stopping }
    try {
      const records = await begin(recorder)
      const onProgress = (progress: Progress) => {
        if (this.task !== null) this.task = { ...this.task, progress }
      }
      const { done, fresh } = await bring(recorder.room, records, { onProgress, signal: stopping.signal })
      const rest = done - fresh
      this.said = `${formatCount(fresh)} records are new${rest > 0 ? `, ${formatCount(rest)} were known or refused` : ''}.`
    } catch (error) {
      if (!(error instanceof PeersetError)) throw error
      this.said = error.message
    } finally {
      this.task = null
    }
  }

  #progress(): TemplateResult | null {
    if (this.task === null) return null
    const { name, total, progress, stopping } = this.task
    const bar =
      total === null ? html`<progress></progress>` : html`<progress max=${total} value=${progress.done}></progress>`
    return html`<div class="row task">
      <span>${name}</span>${bar}<span class="number">${formatCount(progress.done)}</span>
      <button class="small" type="button" @click=${() => stopping.abort()}>Stop</button>
    </div>`
  }

  #resetting(): TemplateResult {
    const ask = (isAsking: boolean) => () => {
      this.isAsking = isAsking
    }
    if (this.isAsking)
      return html`<span>Forget this page's copy of the room, and join anew?</span>
        <button class="small danger" type="button" @click=${this.#reset}>Reset</button>
        <button class="small" type="button" @click=${ask(false)}>Keep</button>`
    const canReset = this.reset !== null && this.task === null
    const why = this.reset === null ? 'Only who joined the room can join it again' : ''
    return html`<button class="small danger" type="button" title=${why} ?disabled=${!canReset} @click=${ask(true)}>Reset…</button>`
  }

  readonly #reset = async (): Promise<void> => {
    this.isAsking = false
    this.said = 'Leaving the room…'
    try {
      await this.reset?.()
      this.said = 'The room was cleared here and joined anew.'
    } catch (error) {
      if (!(error instanceof PeersetError)) throw error
      this.said = error.message
    }
  }

  readonly #generate = (event: SubmitEvent): void => {
    event.preventDefault()
    const fields = new FormData(event.target as HTMLFormElement)
    void this.generate(Number(fields.get('count')), Number(fields.get('days')))
  }

  readonly #pick = (): void => {
    this.renderRoot.querySelector<HTMLInputElement>('#file')?.click()
  }

  readonly #picked = (event: Event): void => {
    const input = event.target as HTMLInputElement
    const [file] = input.files ?? []
    if (file !== undefined) void this.import(file)
    input.value = ''
  }

  readonly #over = (event: DragEvent): void => {
    event.preventDefault()
    this.isOver = true
  }

  readonly #left = (): void => {
    this.isOver = false
  }

  readonly #dropped = (event: DragEvent): void => {
    event.preventDefault()
    this.isOver = false
    const file = event.dataTransfer?.files[0]
    if (file !== undefined) void this.import(file)
  }
}
