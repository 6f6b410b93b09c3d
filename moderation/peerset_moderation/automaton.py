"""Finding many words in one pass (Aho and Corasick, "Efficient string matching", 1975)."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

ROOT: Final = 0


@dataclass(frozen=True, slots=True)
class Automaton:
    """Which of a fixed set of words are in a text, in time linear in the text, whatever it holds."""

    words: tuple[str, ...]
    """The words looked for, in order, without doubles."""
    rows: tuple[dict[str, int], ...]
    """The state that follows each state and character; a character missing from a row leads to the root."""
    ends: tuple[tuple[int, ...], ...]
    """The words that end in each state, by their place in `words`."""

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """Build the automaton of *words*; empty ones are left out."""
        ordered = tuple(sorted(set(words) - {""}))
        rows, ends = _grow_trie(ordered)
        _close(rows, ends)
        return cls(ordered, tuple(rows), tuple(ends))

    def words_in(self, text: str) -> list[str]:
        """Give those of the words that are anywhere in *text*, overlapping ones included, each once and in order."""
        rows, ends, state = self.rows, self.ends, ROOT
        reached = set()
        for char in text:
            state = rows[state].get(char, ROOT)
            if ends[state]:
                reached.add(state)
        return [self.words[number] for number in sorted({number for state in reached for number in ends[state]})]


def _grow_trie(words: Iterable[str]) -> tuple[list[dict[str, int]], list[tuple[int, ...]]]:
    rows: list[dict[str, int]] = [{}]
    ends: list[tuple[int, ...]] = [()]
    for number, word in enumerate(words):
        state = ROOT
        for char in word:
            if char not in rows[state]:
                rows[state][char] = len(rows)
                rows.append({})
                ends.append(())
            state = rows[state][char]
        ends[state] = (number,)
    return rows, ends


def _close(rows: list[dict[str, int]], ends: list[tuple[int, ...]]) -> None:
    """Complete the rows so that no state has to fall back: breadth first, from each state's longest proper suffix."""
    fallback = [ROOT] * len(rows)
    queue = deque(rows[ROOT].values())
    while queue:
        state = queue.popleft()
        shorter = fallback[state]
        ends[state] += ends[shorter]
        for char, child in rows[state].items():
            fallback[child] = rows[shorter].get(char, ROOT)
            queue.append(child)
        rows[state] = rows[shorter] | rows[state]
