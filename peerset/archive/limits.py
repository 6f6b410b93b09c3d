"""The limits of what an archive may hold, and of what reading one may take: a file may be anybody's."""

from typing import Final

MANIFEST_BYTES_MAX: Final = 16_777_216
ARCHIVE_DAYS_MAX: Final = 40_000
FILE_BYTES_MAX: Final = 68_719_476_736
"""Of one day."""
FOOTER_BYTES_MAX: Final = 16_777_216
"""Of one file: what it says of itself at its end."""
ROW_GROUP_RECORDS_MAX: Final = 16_384
ROW_GROUP_BYTES: Final = 16_777_216
"""After so much of records another row group is begun."""
ROW_GROUP_BYTES_MAX: Final = 67_108_864
"""Of one row group, without its compression."""
BATCH_RECORDS: Final = 1_024
"""So many rows are read at once."""
READING_BYTES_MAX: Final = 536_870_912
"""Of memory that a process takes to read, beyond what it has when it starts."""
SURVEY_RECORDS_MAX: Final = 1_000_000
"""Of so many records that are to be written the ids are in memory at once, and of one day."""
