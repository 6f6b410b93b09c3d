/**
 * Every error peerset throws, in one tree; the type says who is to blame.
 *
 *     PeersetError
 *      ├── ConfigError                the caller: a bad argument, key or setting
 *      │    └── QueryError            a query of documents that cannot be meant
 *      ├── ProtocolError
 *      │    ├── LocalProtocolError    us: a machine was driven wrongly, a bug
 *      │    └── RemoteProtocolError   the peer broke the protocol
 *      ├── WireError                  bytes that are no message
 *      ├── RecordError                a record that may not be a member
 *      │    ├── MalformedError        its shape, size or text
 *      │    ├── SignatureError        its signature
 *      │    ├── AgeError              its createdAt lies outside the window
 *      │    ├── RejectedError         a policy, a deletion or another room
 *      │    ├── SchemaError           a value does not fit its collection's model
 *      │    └── ConflictError         a register holds other heads than expected
 *      ├── PolicyError                a moderation policy that fails or answers nonsense
 *      ├── StoreError                 the disk: full, blocked, corrupt
 *      ├── TransportError             a channel that cannot open or send
 *      ├── SignalingError             a tracker that cannot be reached or understood
 *      ├── CursorError                changes are asked for from before what is remembered
 *      ├── ViewError                  a view or fold stopped at what its function threw
 *      ├── BlobError                  the bytes of a file: nobody gives them, or there is no room
 *      └── RoomClosedError            the room has been left, or has failed
 */

/** Base of all errors thrown by peerset. */
export class PeersetError extends Error {
  // Written out, because a minifier renames the classes.
  override name = 'PeersetError'
}

/** The caller gave a bad argument, key, address or setting. */
export class ConfigError extends PeersetError {
  override name = 'ConfigError'
}

/** A query of documents: an unknown field or operator, or a foreign cursor. */
export class QueryError extends ConfigError {
  override name = 'QueryError'
}

/** The protocol was broken. */
export class ProtocolError extends PeersetError {
  override name = 'ProtocolError'
}

/** Our own driver broke a machine's contract. */
export class LocalProtocolError extends ProtocolError {
  override name = 'LocalProtocolError'
}

/** The peer broke the protocol. */
export class RemoteProtocolError extends ProtocolError {
  override name = 'RemoteProtocolError'
}

/** Bytes that are not a message of the protocol. */
export class WireError extends PeersetError {
  override name = 'WireError'
}

/** A record that may not be a member of the room's set. */
export class RecordError extends PeersetError {
  override name = 'RecordError'
}

/** A record whose shape, size or text breaks the rules. */
export class MalformedError extends RecordError {
  override name = 'MalformedError'
}

/** A record whose signature is not its author's. */
export class SignatureError extends RecordError {
  override name = 'SignatureError'
}

/** A record too old or too far in the future. */
export class AgeError extends RecordError {
  override name = 'AgeError'
}

/** A record refused by a policy, deleted by its author, or of another room. */
export class RejectedError extends RecordError {
  override name = 'RejectedError'
}

/** A value that does not fit the model of its collection. */
export class SchemaError extends RecordError {
  override name = 'SchemaError'

  /** Where, by dots and indexes. */
  readonly path: string
  readonly reason: string

  constructor(path: string, reason: string) {
    super(`${path || 'the value'}: ${reason}`)
    this.path = path
    this.reason = reason
  }
}

/** A register whose heads, by id, are others than the writer expected. */
export class ConflictError extends RecordError {
  override name = 'ConflictError'

  readonly key: string
  readonly heads: readonly string[]

  constructor(key: string, heads: readonly string[]) {
    const found = heads.map(head => head.slice(0, 8)).join(', ') || 'nothing'
    super(`the register "${key}" holds ${found} now, not what was expected`)
    this.key = key
    this.heads = heads
  }
}

/** A moderation policy that fails or answers nonsense. */
export class PolicyError extends PeersetError {
  override name = 'PolicyError'
}

/** The store cannot read or write. */
export class StoreError extends PeersetError {
  override name = 'StoreError'
}

/** A channel cannot be opened or used. */
export class TransportError extends PeersetError {
  override name = 'TransportError'
}

/** A tracker cannot be reached, or answers nonsense. */
export class SignalingError extends PeersetError {
  override name = 'SignalingError'
}

/** Changes are asked for from before what the log remembers, or from another log: start over. */
export class CursorError extends PeersetError {
  override name = 'CursorError'
}

/** A view or fold stopped at what its function threw (see `cause`). */
export class ViewError extends PeersetError {
  override name = 'ViewError'
}

/** The bytes of a file: nobody gives them, it is too long, or there is no room for it. */
export class BlobError extends PeersetError {
  override name = 'BlobError'
}

/** The room has been left, or a background failure closed it (see `cause`). */
export class RoomClosedError extends PeersetError {
  override name = 'RoomClosedError'
}
