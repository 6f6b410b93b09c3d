/** Where reconciliation with a peer stands, and which message of a round leads where (docs/protocol.md, "Rounds"). */

import type { SyncMessage } from '../core/message.ts'

/** Where reconciliation with a peer stands. */
export const State = {
  /** No round is open, and the last one did not end with equal roots. */
  IDLE: 'idle',
  /** Ranges are still open on one side. */
  COMPARING: 'comparing',
  /** The difference is known; records flow. */
  FETCHING: 'fetching',
  /** The last round ended with equal roots. */
  SETTLED: 'settled',
} as const
export type State = (typeof State)[keyof typeof State]

/**
 * What may come when, for the round that is open; what belongs to an older round is ignored.
 *
 * The state named is where the message usually leads: an empty answer makes COMPARING FETCHING, and unequal roots
 * at the end make SETTLED IDLE. Between rounds only leftovers of an abandoned round can come.
 */
export const TRANSITIONS: { readonly [S in State]: { readonly [T in SyncMessage['type']]?: State } } = {
  [State.IDLE]: { Root: State.COMPARING, ...leftovers(State.IDLE) },
  [State.COMPARING]: { Root: State.COMPARING, ...leftovers(State.COMPARING), Fin: State.FETCHING },
  [State.FETCHING]: { Root: State.COMPARING, Lacking: State.FETCHING, Credit: State.FETCHING, Fin: State.SETTLED },
  [State.SETTLED]: { Root: State.COMPARING, ...leftovers(State.SETTLED) },
}

function leftovers(state: State): { readonly [T in Exclude<SyncMessage['type'], 'Root'>]: State } {
  return {
    Days: state,
    Sketch: state,
    More: state,
    Ranges: state,
    Want: state,
    Lacking: state,
    Credit: state,
    Fin: state,
  }
}
