"""Two runs beside each other: which episodes belong together, and what is concluded from them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import soundstage as product
from harness.comparing.compared import Compared, NothingShared, compare_runs
from harness.comparing.side import CompareError
from harness.printing.compared_words import chance, conclusion, scale_of
from harness.recording.summary import Summary
from harness.running.tally import RunResult, Tally
from harness.trajectory import Seeds
from tests.harness.agents import agent
from tests.harness.command import Command
from tests.harness.scenes import NOTE, write_scene

WORDS = {"s": "success", "f": "failure", "i": "invalid"}


def run_of(arm: str = "", **scenarios: str) -> RunResult:
    """A run by letters, one for each trial; what follows two underscores in a name is its variant."""
    return RunResult(None, [_tally(name, ends, arm) for name, ends in scenarios.items()])


def _tally(name: str, ends: str, arm: str) -> Tally:
    template = name.partition("__")[0]
    return Tally(name, len(ends), template=template, arm=arm, summaries=[
        Summary("id", name, trial, 1, Seeds(world=1, user=trial, faults=trial, agent=trial), WORDS[end], 3, "", arm=arm,
                figures={"cost": 0.5 if end == "s" else 0.25})
        for trial, end in enumerate(ends, 1)
    ])  # fmt: skip


def told(found: Compared) -> str:
    return conclusion(found, scale_of(found.metric))


def test_pairs_are_of_the_same_scenario_and_trial_and_count_in_both() -> None:
    found = compare_runs(run_of(a="ssfi", b="ss", only="s"), run_of(a="sfss", b="s", new="fff"))

    assert (found.better, found.worse, len(found.values)) == (1, 1, 4)
    assert (found.pairing.alone_one, found.pairing.alone_other, len(found.pairing.pairs)) == (2, 3, 5)
    assert [(row.scenario, len(row.values), row.better, row.worse) for row in found.rows] == [
        ("a", 3, 1, 1),
        ("b", 1, 0, 0),
    ]
    assert found.difference.value == 0


def test_a_difference_on_these_scenarios_says_nothing_of_others_while_families_are_few() -> None:
    found = compare_runs(run_of(a="s" * 8, b="s" * 8), run_of(a="f" * 8, b="s" * 8))

    assert (found.shown, found.beyond) == ("worse", False)
    assert found.test.p == pytest.approx(2 * 0.5**8)
    assert "Shown: B is worse than A on these scenarios." in told(found)
    assert "was not shown" in told(found)
    assert found.difference.low <= -0.5 <= found.difference.high


def test_what_many_families_agree_on_is_shown_for_scenarios_like_these() -> None:
    names = [f"f{number}" for number in range(8)]

    found = compare_runs(run_of(**dict.fromkeys(names, "ffs")), run_of(**dict.fromkeys(names, "sss")))

    assert (found.shown, found.beyond) == ("better", True)
    assert found.family_test.p == pytest.approx(2 * 0.5**8)
    assert "It is also shown for other scenarios like these." in told(found)


def test_variants_of_one_family_do_not_stand_for_eight_families() -> None:
    names = [f"one__{number}" for number in range(8)]

    found = compare_runs(run_of(**dict.fromkeys(names, "ff")), run_of(**dict.fromkeys(names, "ss")))

    assert (found.shown, found.beyond, found.family_test.p) == ("better", False, 1.0)


def test_where_nothing_differs_it_is_said_what_could_have_been_seen() -> None:
    few, many = compare_runs(run_of(a="ss"), run_of(a="ss")), compare_runs(run_of(a="s" * 40), run_of(a="s" * 40))

    assert (few.shown, few.sensitivity.smallest, few.test.p) == ("nothing", None, 1.0)
    assert "So few pairs could not have shown any difference" in told(few)
    assert "below 19 points would mostly have gone unseen" in told(many)
    assert few.difference.low < 0 < few.difference.high


def test_figures_are_compared_in_the_direction_that_is_better() -> None:
    one, other = run_of(a="s" * 6, b="s" * 6), run_of(a="f" * 6, b="s" * 6)

    cheaper = compare_runs(one, other, "cost")

    assert (cheaper.shown, cheaper.better) == ("better", 6)
    assert cheaper.difference.value == pytest.approx(-0.125)
    with pytest.raises(CompareError, match="no figure 'speed'") as refused:
        compare_runs(one, other, "speed")
    assert "cost" in str(refused.value.hint)


def test_runs_with_one_arm_each_are_paired_across_and_say_so() -> None:
    found = compare_runs(run_of("calm", a="ss"), run_of("flaky-api", a="sf"))

    assert found.pairing.crossed == ("calm", "flaky-api")
    assert found.worse == 1


def test_runs_that_share_nothing_are_refused_with_what_each_ran() -> None:
    with pytest.raises(NothingShared) as refused:
        compare_runs(run_of(a="s"), run_of(b="s"))

    assert (refused.value.hint or "").startswith("one ran a; the other b")


def test_other_seeds_are_told() -> None:
    one, other = run_of(a="ss"), run_of(a="ss")
    other.tallies[0].summaries[0] = replace(
        other.tallies[0].summaries[0], seeds=Seeds(world=9, user=1, faults=1, agent=1)
    )

    assert compare_runs(one, other).pairing.reseeded == 1


@pytest.fixture
def runs(soundstage: Command, tmp_path: Path) -> tuple[Path, Path]:
    """A run that succeeds and, of the same scenario and one that was added, one that does not."""
    write_scene(tmp_path)
    soundstage("run", "note.yaml", "--agent", "script:reference", "--trials", 6, "--out", "one")
    write_scene(tmp_path, NOTE, "more")
    soundstage("run", "note.yaml", "more.yaml", "--agent", "script:nothing", "--trials", 6, "--out", "two")
    return tmp_path / "one", tmp_path / "two"


def test_the_command_says_what_got_worse_and_ends_with_one(soundstage: Command, runs: tuple[Path, Path]) -> None:
    compared, back, same = (
        soundstage("compare", *runs),
        soundstage("compare", *runs[::-1]),
        soundstage("compare", runs[0], "one"),
    )

    assert (compared.status, back.status, same.status) == (1, 0, 0)
    assert "note           6   100 %   0 %   -100 points        0       6   0.031" in compared.out
    assert "Left out, without a partner: 0 of A, 6 of B." in compared.out
    assert "On these scenarios: p = 0.031 (exact McNemar, 6 pairs)." in compared.out
    assert "Smallest difference that it could have seen: 93 points or more" in compared.out
    assert "▼ Shown: B is worse than A on these scenarios." in compared.out
    assert "▲ Shown: B is better than A" in back.out
    assert "= A and B are the same run" in same.out
    assert "\x1b" not in compared.out


def test_programs_get_all_of_it(soundstage: Command, runs: tuple[Path, Path]) -> None:
    ran = soundstage("compare", *runs, "--json", "--metric", "steps")

    found = json.loads(ran.out)
    assert (found["exit_code"], found["shown"], found["pairs"], found["less_is_better"]) == (
        ran.status,
        "better",
        6,
        True,
    )
    assert found["difference"] == {"value": -2.0, "low": -2.0, "high": -2.0, "method": "all 6 pairs differ by the same"}
    assert [row["scenario"] for row in found["scenarios"]] == ["note"]
    assert found["left_out"] == {"alone": [0, 6], "not_counting": 0}


def test_a_scenario_that_changed_between_the_runs_is_named(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path)
    soundstage("run", "note.yaml", "--agent", "script:reference", "--out", "one")
    write_scene(tmp_path, NOTE.replace("then say done", "and say done"))
    soundstage("run", "note.yaml", "--agent", "script:reference", "--seed", 2, "--out", "two")

    ran = soundstage("compare", "one", "two")

    assert "1 scenario changed between the runs: note." in ran.out
    assert "1 pair met other seeds" in ran.out
    assert ran.status == 0


def test_statuses_tell_runs_apart_that_cannot_be_compared(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path)
    write_scene(tmp_path, NOTE, "other")
    soundstage("run", "note.yaml", "--agent", "script:reference", "--out", "one")
    soundstage("run", "other.yaml", "--agent", "script:reference", "--out", "two")
    soundstage("run", "note.yaml", "--agent", agent(tmp_path, "sys.exit(3)"), "--clean-env", "--out", "dead")

    nothing, missing = soundstage("compare", "one", "two"), soundstage("compare", "one", "three")
    unknown = soundstage("compare", "one", "one", "--metric", "speed")

    assert (nothing.status, missing.status, unknown.status) == (5, 2, 2)
    assert "one and two have no episode in common: nothing can be compared" in nothing.err
    assert "there is no run 'three'" in missing.err
    assert "--metric is one of success, reward, steps" in unknown.err


def test_small_figures_are_not_written_as_none() -> None:
    many = {f"n{number}": "s" * 1000 for number in range(8)}
    found = compare_runs(run_of(**many), run_of(**many))
    scale = scale_of(found.metric)

    assert found.sensitivity.smallest is not None
    assert 0 < found.sensitivity.smallest < 0.005
    assert "below 0.10 points would mostly have gone unseen" in told(found)
    assert (scale.gap(-0.0004), scale.gap(0.0), scale.gap(-0.0000001), scale.gap(0.127)) == (
        "-0.04 points", "+0 points", "+0.00 points", "+13 points",
    )  # fmt: skip
    assert (chance(0.0312), chance(0.00001)) == ("= 0.031", "< 0.001")


def test_python_code_compares_what_it_ran(tmp_path: Path) -> None:
    path = write_scene(tmp_path)

    one, other = (product.run(path, agent=f"script:{name}", trials=6) for name in ("reference", "nothing"))

    found = product.compare(one, other)
    assert isinstance(found, product.Compared)
    assert (found.shown, found.pairing.unproven) == ("worse", ("note",))


def test_a_run_beside_itself_is_said_to_be_that() -> None:
    ran = run_of(a="sf")

    found = compare_runs(ran, ran)

    assert found.is_one_run
    assert not compare_runs(ran, run_of(a="sf")).is_one_run
    assert conclusion(found, scale_of(found.metric)).startswith("A and B are the same run")
