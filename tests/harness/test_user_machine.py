"""The state machine behind a person: release rules, patience, changes of mind, intents, and what ends a dialogue."""

from typing import Any

import pytest

from harness.users.persona import Behaviours
from harness.users.state import UserState
from tests.harness.talks import Talk, person

ASK = "What is your email address?"


def ended(talk: Talk) -> str:
    return talk.state.ended


def email(release: str, **more: Any) -> Talk:
    talk = Talk(person(facts={"email": {"value": "ida@example.test", "release": release}}, **more))
    talk.open()
    return talk


@pytest.mark.parametrize(
    ("release", "times"), [("when_asked", 1), ("second_time_asked", 2), ("third_time_asked", 3), ("with_details", 1)]
)
def test_a_fact_is_told_when_it_was_asked_for_often_enough(release: str, times: int) -> None:
    talk = email(release)
    answers = ["ida@example.test" in talk.tell(ASK) for _ in range(times)]

    assert answers == [False] * (times - 1) + [True]
    assert talk.state.told == ("email",)


def test_what_is_never_told_is_refused_however_often_it_is_asked_for() -> None:
    talk = email("never", patience=50)

    assert not any("ida@" in talk.tell(ASK) for _ in range(20))
    assert set(talk.acts) <= {"refuse_secret", "grumble", "rage"}


def test_what_is_told_at_once_stands_in_the_first_message() -> None:
    assert "ida@example.test" in email("at_once").said[0]


def test_what_the_opening_says_is_not_told_twice() -> None:
    talk = Talk(person(opening="It broke on 3 May.", facts={"day": {"value": "3 May", "release": "at_once"}}))

    assert talk.open() == "It broke on 3 May."
    assert talk.state.told == ("day",)


def test_more_details_bring_what_is_told_with_details() -> None:
    talk = email("with_details")

    assert "ida@example.test" in talk.tell("Could you describe the problem in more detail?")


def test_what_is_told_with_details_waits_until_somebody_asks_for_more() -> None:
    talk = email("with_details", ambiguity=1)

    assert "I was charged twice." in talk.tell("One moment, I am looking into it.")
    assert "ida@example.test" not in " ".join(talk.said)
    assert "ida@example.test" in talk.tell("Could you describe the problem in more detail?")


@pytest.mark.parametrize(
    ("ambiguity", "first"),
    [(0, "It broke. It is red. Email: ida@example.test."), (0.3, "It broke. It is red."), (0.6, "It broke")],
)
def test_ambiguity_hides_more_and_more_of_the_first_request(ambiguity: float, first: str) -> None:
    facts = {"email": {"value": "ida@example.test", "release": "at_once"}}
    said = Talk(person(opening="It broke. It is red.", ambiguity=ambiguity, facts=facts)).open()

    assert said.startswith(first.split(" Email")[0])
    assert ("ida@" in said) is (ambiguity == 0)


def test_a_vague_person_explains_when_asked() -> None:
    talk = Talk(person(opening="It broke.", ambiguity=1))
    assert "broke" not in talk.open()

    assert "It broke." in talk.tell("How can I help you?")


def test_being_asked_again_and_being_refused_wears_patience_out_sooner() -> None:
    calm, nagged, refused = email("when_asked"), email("when_asked"), email("when_asked")
    for _ in range(3):
        calm.tell("I am looking into it.")
        nagged.tell(ASK)
        refused.tell("Unfortunately I cannot do that.")

    assert calm.state.worn < nagged.state.worn
    assert calm.state.worn < refused.state.worn


def test_a_person_who_agreed_waits_one_more_turn_before_leaving() -> None:
    talk = Talk(person(patience=2))
    talk.open()
    talk.tell("Shall I refund it?")
    talk.tell("One moment.")
    talk.tell("I am on it.")
    assert not ended(talk)

    talk.tell("Still on it.")
    assert ended(talk) == "patience"


def test_a_yes_is_no_end_and_a_state_is() -> None:
    talk = Talk(person())
    talk.open()
    talk.tell("Shall I refund it? Say goodbye if you like. ###STOP###")
    assert (talk.acts, ended(talk)) == (["agree"], "")

    talk.tell("It is done.", done=True)
    assert (talk.acts, ended(talk)) == (["thanks"], "done")


def test_some_proposals_get_a_no() -> None:
    talk = Talk(person(refuses=["voucher"], accepts=["refund"], agrees=False))
    talk.open()
    acts = []
    for proposal in ("Shall I send you a voucher?", "Shall I refund it?", "Shall I close your account?"):
        talk.tell(proposal)
        acts += talk.acts

    assert acts == ["disagree", "agree", "disagree"]


def test_a_mind_is_changed_once_and_then_made_up() -> None:
    talk = Talk(person(behaviours={"changes_mind": 1}))
    talk.open()
    acts = []
    for _ in range(3):
        talk.tell("Shall I refund it?")
        acts += talk.acts

    assert acts == ["retract", "resume", "agree"]


def test_a_contradiction_is_put_right() -> None:
    facts = {"day": {"value": "27 February", "wrong": "28 February"}}
    talk = Talk(person(behaviours={"contradicts": 1}, facts=facts))
    talk.open()

    assert "28 February" in talk.tell("On which day was it?")
    assert talk.state.told == ()
    assert "27 February" in talk.tell("Thank you.")


def test_something_else_is_answered_at_most_every_other_time() -> None:
    talk = email("when_asked", behaviours={"answers_else": 1})

    assert "ida@" not in talk.tell(ASK)
    assert "ida@" in talk.tell(ASK)


def test_intents_come_one_after_the_other_once_the_one_before_is_done() -> None:
    talk = Talk(person(intents=[{"says": "I also moved."}, {"says": "And my name is wrong."}]))
    talk.open()

    assert "moved" not in talk.tell("One moment.", done=True)
    assert "I also moved." in talk.tell("It is done.", wants_done=1)
    assert "name is wrong" not in talk.tell("One moment.", wants_done=1)
    assert "And my name is wrong." in talk.tell("Done as well.", wants_done=2)
    talk.tell("All done.", done=True, wants_done=2)
    assert ended(talk) == "done"


def test_two_questions_in_a_row_that_are_not_understood_are_a_fault_of_the_person() -> None:
    talk = Talk(person())
    talk.open()
    talk.tell("What is the airspeed of a swallow?")
    assert list(talk.state.faults) == []
    talk.tell("What is the airspeed of a swallow?")

    assert list(talk.state.faults) == ["stuck"]


def test_memory_survives_being_dumped_and_holds_no_values() -> None:
    talk = email("when_asked")
    talk.tell(ASK)
    dumped = talk.state.dump()

    assert UserState().load(dumped) == talk.state
    assert UserState().load(dumped).digest() == talk.state.digest()
    assert "ida@" not in str(dumped)


def test_every_habit_is_off_unless_somebody_has_it() -> None:
    assert set(Behaviours().model_dump().values()) == {0.0}
