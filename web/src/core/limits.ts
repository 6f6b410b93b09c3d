/** Every limit on what peers can cause, with its unit in its name; a vector compares the values with Python's. */

// Records (docs/protocol.md, "Records").
export const RECORD_BYTES_MAX = 65_536
export const RECORD_TAGS_MAX = 64
export const TAG_ELEMENTS_MAX = 16
export const TAG_VALUE_BYTES_MAX = 1_024
export const KIND_MAX = 65_535
export const INTEGER_MAX = 2 ** 53 - 1
export const POINTER_CHARACTERS_MAX = 5_000
export const ADDRESS_CHARACTERS_MAX = 16_384
export const ADDRESS_FIELDS_MAX = 64
export const PIN_BYTES_MAX = 32_768

// The window of time in which records live (docs/protocol.md, "Time").
export const RETENTION_SECONDS = 90 * 86_400
export const RETENTION_SECONDS_MIN = 3_600
export const RETENTION_SECONDS_MAX = 3_700 * 86_400
export const RETENTION_MARGIN_SECONDS = 3_600
export const RETENTION_MARGIN_PART = 4
export const FUTURE_SECONDS_MAX = 900
export const POSTPONED_SECONDS_MAX = 86_400
export const POSTPONED_RECORDS_MAX = 1_024
export const POSTPONED_BYTES_MAX = 4_194_304
export const POSTPONED_RECORDS_PER_PEER_MAX = 256
export const POSTPONED_BYTES_PER_PEER_MAX = 1_048_576
export const COLLECTION_INTERVAL_SECONDS = 270
export const COLLECTION_JITTER_SECONDS = 20

// Messages (docs/protocol.md, "Messages").
export const MESSAGE_BYTES_MAX = 262_144
export const RECORDS_PER_MESSAGE_MAX = 1_024
export const IDS_PER_MESSAGE_MAX = 8_192
export const REASON_BYTES_MAX = 256

// Sessions (docs/protocol.md, "Sessions").
export const HELLO_TIMEOUT_SECONDS = 10
export const PROOF_TIMEOUT_SECONDS = 10
export const HEARTBEAT_QUIET_SECONDS = 20
export const HEARTBEAT_YIELD_SECONDS = 5
export const HEARTBEAT_ANSWER_SECONDS = 5
export const SILENCE_MAX_SECONDS = 60
export const SESSION_AGE_MAX_SECONDS = 86_400
export const HALF_OPEN_SESSIONS_MAX = 16
export const FOREIGN_PEERS_MAX = 64
export const CHANNELS_MAX = 36
export const CHANNELS_PER_OFFERED = 3
export const CLOCK_SKEW_SECONDS_NOTED = 120
export const MESSAGES_PER_SECOND_MAX = 1_000
export const MESSAGE_BURST_MAX = 5_000

// Places (docs/protocol.md, "Places").
export const FULL_MESH_MAX = 24
export const NEIGHBOURS_CHOSEN = 8
export const NEIGHBOURS_CHOSEN_MAX = 12
export const PLACES_PROTECTED = 4
export const NETWORK_PLACES_MAX = 4
export const PLACES_PER_TRACKER_PLACE = 3
export const NEWCOMERS_MAX = 4
export const NEWCOMER_SECONDS = 60
export const NEWCOMER_TRIES = 3
export const ANSWERED_SECONDS = 30
export const GRACE_SECONDS = 15
export const TRIAL_SECONDS = 30
export const EVICTION_INTERVAL_SECONDS = 4
export const PARTING_INTERVAL_SECONDS = 1
export const FEELER_INTERVAL_SECONDS = 3
export const FEELER_INTERVAL_MAX_SECONDS = 60
export const DIAL_INTERVAL_SECONDS = 30
export const DIALS_REMEMBERED_MAX = 1_024
export const USEFUL_HALF_LIFE_SECONDS = 600
export const USEFUL_RECORDS_MAX = 100
export const TELLING_RECORDS = 8
export const VOUCHED_PER_RECORD = 4
export const ACQUAINTED_SECONDS = 3_600
export const ACQUAINTANCES_MAX = 32
export const MET_SECONDS = 600
export const MET_KEYS_MAX = 256

// Sync (docs/protocol.md, "Sync").
export const ROUND_TIMEOUT_SECONDS = 30
export const ROUND_INTERVAL_SECONDS = 10
export const ROUND_SETTLE_SECONDS = 1
export const ROUND_BACKOFF_MAX_SECONDS = 600
export const ROOT_INTERVAL_SECONDS = 30
export const ROOT_QUIET_SECONDS = 600
export const FRAME_BYTES_MAX = 60_000
export const ROUND_BYTES_BASE = 65_536
export const ROUND_BYTES_PER_RECORD = 16
export const ROUND_BYTES_MAX = 3_670_016
export const STRETCH_RECORDS = 4_096
export const RANGE_ITEMS_MAX = 4_096
export const DAY_CELL_DAYS = 8
export const DAY_CELLS_MAX = 96
export const WINDOW_DAYS_MAX = 3_700
export const WINDOW_STEPS_BELOW_SECONDS = 7 * 86_400
export const WINDOW_STEP_SECONDS = 300
export const WINDOW_STEPS_FROM = 65_536
export const DIGEST_IDS_MAX = 2_048
export const DIGEST_PART_SECONDS = 900
export const SKETCH_SYMBOLS_MAX = 2_048
export const SKETCH_APART_RECORDS_MAX = 256
export const SKETCH_STRETCH_RECORDS = 512
export const SKETCH_INTERVAL_SECONDS = 0.025
export const SKETCH_OUTSIDE_RECORDS_MAX = 1_024
export const SKETCHES_MAX = 4
export const UPTO_LAG_SECONDS = 60
export const CREDIT_WINDOW_BYTES = 524_288
export const CREDIT_INTERVAL_SECONDS = 10
export const LACKING_IDS_MAX = 16_384
export const DECLINED_IDS_MAX = 16_384
export const ROUNDS_AT_ONCE_MAX = 8
export const ROUND_BURST_MAX = 16
export const LOAD_RECORDS_MAX = 256
export const GIVEN_BYTES_PER_HOUR = 67_108_864
export const GIVEN_KEYS_MAX = 1_024
export const GIVEN_WAIT_SECONDS = 60
export const GIVEN_WAIT_MAX_SECONDS = 3_840

// Live relay (docs/protocol.md, "Live records").
export const PUSH_NEIGHBOURS = 3
export const PUSH_PATIENCE_SECONDS = 0.5
export const SHORTCUT_SECONDS = 0.1
export const WAYS_REMEMBERED_MAX = 8
export const OWED_RECORDS_FIRST = 2
export const OWED_RECORDS_MAX = 4_096
export const ANNOUNCE_NEIGHBOURS = 2
export const ANNOUNCE_LATER_SECONDS = 20
export const ANNOUNCE_DELAY_SECONDS = 0.02
export const PUSH_DELAY_SECONDS = 0.005
export const ANNOUNCE_IDS_MAX = 64
export const LIVE_WINDOW_BYTES = 262_144
export const LIVE_RECORD_BYTES_MIN = 4_096
export const LIVE_ID_BYTES = 64
export const ANNOUNCEMENTS_MAX = 1_024
export const REFUSED_CREDIT_SECONDS = 4
export const LIVE_BYTES_PER_SECOND = 524_288
export const LIVE_BURST_SECONDS = 1
export const PULL_TIMEOUT_SECONDS = 1
export const PULL_PATIENCE_SECONDS = 10
export const PULLS_MAX = 4_096
export const PULLS_PER_PEER_MAX = 1_024
export const RECENT_RECORDS_MAX = 4_096
export const RECENT_BYTES_MAX = 8_388_608
export const RELAY_AGE_MAX_SECONDS = 600

// Fetching (docs/protocol.md, "Fetching").
export const FETCHES_MAX = 4_096
export const FETCHES_PER_PEER_MAX = 1_024
export const FETCH_TRIES_MAX = 8
export const FETCH_LOAD_RECORDS = 16

// Blobs (docs/protocol.md, "Blobs").
export const BLOB_PROOF_BYTES_MAX = 608
export const BLOB_PIECE_BYTES = 131_072
export const BLOB_BLOCK_BYTES = 16_384
export const BLOB_BYTES_MAX = 2 ** 36
export const BLOB_BITS_BYTES_MAX = 65_536
export const BLOB_PIECES_ASKED_MAX = 8
export const BLOB_QUESTIONS_MAX = 64
export const BLOB_TIMEOUT_SECONDS = 10
export const BLOB_LATE_SECONDS = 2
export const BLOB_PATIENCE_SECONDS = 20
export const BLOBS_WANTED_MAX = 4_096
export const BLOB_INLINE_BYTES_MAX = 24_576

// Introductions (docs/protocol.md, "Introductions").
export const NAMES_PER_MESSAGE_MAX = 1_600
export const CLAIMS_MAX = 262_144
export const DOUBTS_MAX = 8_192
export const DOUBTS_TRIED = 8
export const TRIAL_INTERVAL_SECONDS = 60
export const NAMES_FRESH_SECONDS = 300
export const DISBELIEF_SECONDS_MIN = 120
export const DISBELIEF_SECONDS_MAX = 86_400
export const DISBELIEVED_KEYS_MAX = 1_024

export const NEIGHBOURS_TOLD_MAX = 16
export const NEIGHBOURS_INTERVAL_SECONDS = 30
export const SEEK_INTERVAL_MAX_SECONDS = 600
export const SEEK_TIMEOUT_SECONDS = 10
export const INTRODUCTION_BYTES_MAX = 16_512
export const INTRODUCTIONS_PER_MINUTE = 8
export const INTRODUCTIONS_OWED_MAX = 256
export const INTRODUCED_PER_MINUTE = 2
export const INTRODUCED_PER_CHOSEN = 2
export const INTRODUCED_OFFERS_MAX = 8
export const INTRODUCED_KEYS_MAX = 256

// Signaling.
export const ATTEMPTS_MAX = 32
export const ATTEMPT_TIMEOUT_SECONDS = 23
export const REDIAL_BASE_SECONDS = 2
export const REDIAL_MAX_SECONDS = 120
export const RESTS_MAX = 1_024
export const SDP_BYTES_MAX = 16_384
export const SIGNALING_PLACES_MAX = 16
export const PHASE_SECONDS_MIN = 3_600
export const PHASE_SECONDS_MAX = 2_592_000
export const PHASE_BORDER_SECONDS = 600
export const PHASE_JITTER_SECONDS = 60

// Intake.
export const INTAKE_BATCH_RECORDS_MAX = 1_024
export const INTAKE_QUEUE_BYTES_PER_PEER_MAX = 2_097_152
export const INTAKE_QUEUES_BYTES_MAX = 16_777_216
export const INTAKE_RECORD_BYTES = 512
export const INTAKE_SHARE_RECORDS_FIRST = 64
export const INTAKE_SHARE_RECORDS_MIN = 16
export const INTAKE_SHARE_RECORDS_MAX = 128
export const VERIFY_CHUNK_RECORDS = 128
export const BATCHES_AT_ONCE_MAX = 2
export const SAVE_RETRY_SECONDS = 20
export const REFUSED_IDS_MAX = 65_536
export const REFUSED_BRIEFLY_MAX = 4_096
export const REFUSALS_TOLD_MAX = 4_096
export const EPHEMERAL_IDS_MAX = 4_096
export const EPHEMERAL_AGE_MAX_SECONDS = 600

// Strikes.
export const STRIKES_WARNED = 1
export const STRIKES_BANNED = 10
export const STRIKE_HALF_LIFE_SECONDS = 600
export const BAN_SECONDS = 3_600
export const STRIKE_KEYS_MAX = 4_096
export const STRIKE_EVICTED_KEYS = 256
export const STRIKE_ADDRESS_PART = 0.2

// Transport.
export const FRAME_PAYLOAD_BYTES = 16_348
export const REASSEMBLY_BYTES_PER_PEER_MAX = 1_048_576
export const SEND_QUEUE_BYTES_PER_PEER_MAX = 4_194_304
export const SEND_QUEUE_HIGH_BYTES = 1_048_576
export const SEND_QUEUE_LOW_BYTES = 262_144

// The room's own streams.
export const EVENTS_BUFFERED_MAX = 1_024
export const EVENTS_BUFFERED_BYTES_MAX = 8_388_608
export const EXPIRATIONS_AWAITED_MAX = 65_536

// What a store may take.
export const DISK_BYTES = 4 * 2 ** 30
export const DISK_BYTES_MIN = 2 ** 20

// Collections and queries (docs/data.md).
export const COLLECTION_NAME_CHARACTERS_MAX = 64
export const COLLECTIONS_MAX = 256
export const COLLECTION_FIELDS_MAX = 64
export const COLLECTION_INDEXES_MAX = 16
export const INDEX_FIELDS_MAX = 4
export const SCHEMA_DEPTH_MAX = 8
export const VALUE_DEPTH_MAX = 32
export const DOCUMENT_KEY_BYTES_MAX = 512
export const DOCUMENT_LINKS_MAX = 32
export const DOCUMENT_WORDS_MAX = 1_024
export const QUERY_CONDITIONS_MAX = 16
export const QUERY_VALUES_MAX = 1_000
export const QUERY_BRANCHES_MAX = 8
export const QUERY_WORDS_MAX = 16
export const ORDER_FIELDS_MAX = 4
export const LIVE_QUERIES_MAX = 1_024
export const PAGE_DOCUMENTS_MAX = 1_000
export const CHANGES_KEPT_MAX = 100_000
export const CHANGES_KEPT_SECONDS = 2_592_000
export const CHANGES_AT_ONCE = 1_000
export const OWN_HEADS_MAX = 4_096
export const VIEWS_MAX = 32
export const VIEW_NAME_CHARACTERS_MAX = 32
export const VIEW_KEY_BYTES_MAX = 1_024
export const VIEW_VALUE_BYTES_MAX = 1_048_576
export const FOLDS_MAX = 32
export const FOLD_STATE_BYTES_MAX = 1_048_576
export const BATCH_DOCUMENTS_MAX = 500

// Sealed rooms.
export const SEALS_MAX = 16
export const SEAL_PADDING_BYTES = 256
export const SEAL_PASSPHRASE_BYTES_MAX = 1_024
export const SEAL_KDF_PASSES = 3
export const SEAL_KDF_BYTES = 67_108_864

// Who writes for whom.
/** So many grants of a record count: one by which it may be written, and one that says for whom it speaks. */
export const RECORD_GRANTS_MAX = 2
/** So many steps lead from who writes now to who wrote first. */
export const HEIRS_MAX = 8
export const DEVICE_NAME_BYTES_MAX = 64
