"""Which collections a store knows: what was defined in this process, and which tables the file has."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from peerset.core.lens import Lens
from peerset.core.record import Record
from peerset.documents.definition import Definition
from peerset.errors import ConfigError
from peerset.stores.indexed.numbers import read_number
from peerset.stores.indexed.tables import Table, built_for, load_tables


@dataclass(slots=True)
class Catalog:
    """What one connection knows of the file's collections."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    """Of this process, by name."""
    tables: dict[str, Table] = field(default_factory=dict)
    """Of the file, by name."""
    lens: Lens | None = None
    """Opens what is sealed."""
    _generation: int = -1
    _readers: dict[str, tuple[Definition, Table]] = field(default_factory=dict)

    def refresh(self, db: sqlite3.Connection, generation: int | None = None) -> None:
        """Read the file's tables anew when they changed; within a transaction, in which they are of *generation*."""
        found = read_number(db, "tables") if generation is None else generation
        if found != self._generation:
            self.tables = load_tables(db)
            self._generation = found
            self._readers = {
                name: (definition, table)
                for definition in self.definitions.values()
                if (table := self.tables.get(definition.name)) is not None and table.digest == built_for(definition)
                for name in table.names
            }

    def forget(self) -> None:
        """Have everything read anew."""
        self._generation = -1

    def open(self, record: Record) -> Record:
        """Give what *record* says to those who read here."""
        return record if self.lens is None else self.lens.open(record)

    def reader(self, collection: str | None) -> tuple[Definition, Table] | None:
        """Give what reads the documents of a name; None when nothing here does."""
        return None if collection is None else self._readers.get(collection)

    def find(self, name: str) -> tuple[Definition, Table]:
        """Give a collection by its own name.

        Raises:
            ConfigError: it is not defined.

        """
        found = self._readers.get(name)
        if found is None or found[0].name != name:
            raise ConfigError(f"this store knows no collection {name!r}: was it dropped here?")
        return found

    def unread(self, names: Iterable[str]) -> list[Table]:
        """Give the tables that would read documents of *names*, were they defined in this process."""
        asked = set(names)
        return [
            table
            for table in self.tables.values()
            if not asked.isdisjoint(table.names) and table.name not in self.definitions
        ]
