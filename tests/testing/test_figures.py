import json
from dataclasses import replace

from peerset.testing.figures import Figures, Ideal, Snapshot

FIGURES = Figures(
    members=4,
    honest=3,
    living=3,
    unmet=0,
    late=0,
    seed=7,
    degrees=(1, 2, 3),
    parts=1,
    reached=1.0,
    converged=1.0,
    converge_seconds=2.0,
    lost=0,
    seconds=(0.1, 0.2, 0.3, 0.9),
    ideal=Ideal(flood=(0.1, 0.2), tree=(0.1, 0.4)),
    copies=1.05,
    framed_bytes=812.4,
    idle_bytes=99.6,
    banned=0,
    happened=1234,
    snapshot=Snapshot(("20.0.0", "20.0.1", "20.0.0", "20.0.2"), frozenset({3}), ((0, 1), (1, 2)), {0: 0.0, 1: 0.5}),
)


def test_one_line_says_what_a_run_came_to() -> None:
    assert FIGURES.line(cpu_seconds=1234, rss_mib=56) == (
        "4 members, seed 7, 1 of them hostile; 100.00% converged within 2 s, 100.00% of all records reached; "
        "a record's way p50 0.30 s, p99 0.90 s (along an ideal tree 0.40 s, flooded 0.20 s); "
        "812 B framed a record and peer, 1.05 copies; idle 100 B/s a peer; "
        "2.0 neighbours (1 to 3); 1 part; 0 records lost; 0 honest banned; 1,234 s of the processor, 56 MiB"
    )


def test_a_run_that_never_converged_says_so_in_both_forms() -> None:
    figures = replace(FIGURES, converged=0.5, converge_seconds=float("inf"), parts=2, degrees=())

    assert "50.00% converged in time" in figures.line(cpu_seconds=0, rss_mib=0)
    assert "2 parts" in figures.line(cpu_seconds=0, rss_mib=0)
    assert "met nobody" not in figures.line(cpu_seconds=0, rss_mib=0)
    assert json.loads(figures.to_json(cpu_seconds=0, rss_mib=0))["converge_seconds"] is None


def test_members_that_met_nobody_are_told_apart_in_both_forms() -> None:
    figures = replace(FIGURES, unmet=2)
    values = json.loads(replace(figures, late=1, lost=3).to_json(cpu_seconds=0, rss_mib=0))

    assert "1 part; 2 met nobody; 0 records lost" in figures.line(cpu_seconds=0, rss_mib=0)
    assert "2 met nobody, 1 came too late; 3 rec" in replace(figures, late=1, lost=3).line(cpu_seconds=0, rss_mib=0)
    assert (values["unmet"], values["late"], values["lost"]) == (2, 1, 3)


def test_scripts_get_the_same_figures() -> None:
    values = json.loads(FIGURES.to_json(cpu_seconds=3, rss_mib=56))

    assert values["members"] == 4
    assert values["hostile"] == 1
    assert values["p99_seconds"] == 0.9
    assert (values["tree_p99_seconds"], values["flood_p99_seconds"]) == (0.4, 0.2)
    assert values["degree"] == 2.0
    assert (values["cpu_seconds"], values["rss_mib"]) == (3, 56)
