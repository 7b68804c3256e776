"""The state machine: from what was heard to what is done. It draws by name and turn, and knows no wording."""

from dataclasses import replace
from typing import Final

from harness.users.acts import Act, Decision
from harness.users.naming import mentions
from harness.users.person import Person
from harness.users.persona import TEMPERS, Draw, Temper
from harness.users.state import UserState
from harness.users.telling import put_right, told, told_right, volunteered
from harness.users.understanding import Heard
from harness.users.written import Release

REFUSAL_COST: Final = 1.0
"""What a refusal costs in patience, beside the turn."""
STUCK_AFTER: Final = 2
"""Questions in a row of which nothing is made sense: that is a fault of the person, not of the agent."""
FULL, FIRST_SENTENCE, VAGUE = 0.25, 0.5, 0.75


def opened(person: Person, state: UserState) -> Decision:
    """How the person begins: as clearly as the scenario's ambiguity lets them."""
    written, ambiguity = person.written, person.written.ambiguity
    state = replace(state, greeted=True)
    if ambiguity >= VAGUE:
        vague = Act("opening", {"says": written.vague}) if written.vague else Act("opening_vague")
        return Decision((vague,), state)
    if ambiguity >= FIRST_SENTENCE:
        first = written.opening.split(". ")[0].split("\n")[0]
        whole = first == written.opening
        return Decision((Act("opening", {"says": written.vague or first}),), replace(state, explained=whole))
    acts = [Act("opening", {"says": written.opening})]
    state = replace(state, explained=True)
    spoken = tuple(name for name, fact in person.facts.items() if fact.value in written.opening)
    state = replace(state, told=spoken)
    if ambiguity < FULL:
        more, state = volunteered(person, state, "at_once")
        acts += more
    return Decision(tuple(acts), state)


def decide(person: Person, state: UserState, heard: Heard, draw: Draw, *, done: bool, wants_done: int) -> Decision:
    """One turn. `done`: whether the person could be content; `wants_done`: how many other intents are done."""
    state = replace(state, turn=state.turn + 1, worn=state.worn + 1)
    if done and state.intents >= len(person.intents):
        return _content(person, state)
    if _is_over(person, state):
        if not state.agreed or state.grace:
            return Decision((Act("leave"),), replace(state, ended="patience", last="leave"), closes=True)
        state = replace(state, grace=True)
    acts, state, flags = _turn(person, state, heard, draw, wants_done)
    mood = _mood(person, state, draw)
    state = replace(state, last=" ".join(act.kind for act in acts))
    interrupts = draw.unit("interrupts") < person.behaviours.interrupts
    return Decision((*mood, *acts), state, interrupts=interrupts, flags=flags)


def temper(person: Person, state: UserState) -> Temper:
    """The mood: that of the beginning, and worse as patience is used up."""
    first = TEMPERS.index(person.written.temper or person.persona.temper)
    share = state.worn / person.patience
    return TEMPERS[min(2, first + (share >= 0.5) + (share >= 0.8))]


def _content(person: Person, state: UserState) -> Decision:
    closing = person.written.closing
    act = Act("thanks_says", {"says": closing}) if closing else Act("thanks")
    return Decision((act,), replace(state, ended="done", last="thanks"), closes=True)


def _is_over(person: Person, state: UserState) -> bool:
    return state.worn > person.patience


def _turn(
    person: Person, state: UserState, heard: Heard, draw: Draw, wants_done: int
) -> tuple[tuple[Act, ...], UserState, tuple[str, ...]]:
    """What is said to a message, in three steps: what gets in the way, what answers it, what is left to say."""
    acts, state = put_right(person, state)
    aside, state = _aside(person, state, heard, draw)
    if aside:
        return (*acts, *aside), state, ("aside",)
    demand, state = _demanded(person, state, draw)
    answers, state = _answers(person, state, heard, draw)
    acts += [*demand, *answers]
    if heard.refuses and not answers:
        acts.append(Act("protest"))
        state = replace(state, worn=state.worn + REFUSAL_COST)
    more, state = _next_intent(person, state, wants_done)
    acts += more
    if acts:
        return tuple(acts), replace(state, puzzled=0), ()
    return _at_a_loss(person, state, heard)


def _aside(person: Person, state: UserState, heard: Heard, draw: Draw) -> tuple[list[Act], UserState]:
    """Something else than an answer, never in two turns running."""
    asks = bool(heard.facts or heard.deeds or heard.unknown)
    if not asks or state.aside_turn == state.turn - 1:
        return [], state
    if draw.unit("answers_else") < person.behaviours.answers_else:
        kind = "digress"
    elif draw.unit("asks_back") < person.behaviours.asks_back:
        kind = "ask_back"
    else:
        return [], state
    asked = dict(state.asked)
    for name in heard.facts:
        asked[name] = asked.get(name, 0) + 1
    return [Act(kind)], replace(state, aside_turn=state.turn, asked=asked)


def _demanded(person: Person, state: UserState, draw: Draw) -> tuple[list[Act], UserState]:
    if draw.unit("demands") >= person.behaviours.demands:
        return [], state
    own = person.written.demands
    if not own:
        return [Act("demand")], replace(state, demands=state.demands + 1)
    act = Act("demand_says", {"says": own[state.demands % len(own)]})
    return [act], replace(state, demands=state.demands + 1)


def _answers(person: Person, state: UserState, heard: Heard, draw: Draw) -> tuple[list[Act], UserState]:
    """What answers a message, question by question."""
    right, state = told_right(person, state, heard.right)
    facts, state = told(person, state, heard.facts, draw)
    acts = [*right, *facts, *(Act("unknown", {"label": label}) for label in heard.unknown)]
    for deed in heard.deeds:
        act, state = _deed(person, state, deed, draw)
        acts.append(act)
    if heard.proposals and not (heard.facts or heard.right or heard.deeds):
        more, state = _answered_proposal(person, state, heard, draw)
        acts += more
    if heard.opens and not acts:
        more, state = _explained(person, state)
        acts += more
    if heard.more and not acts:
        acts.append(Act("not_solved"))
    return acts, state


def _explained(person: Person, state: UserState, *, asked: bool = True) -> tuple[list[Act], UserState]:
    """The matter in full; details come with it only where somebody asked for more."""
    kind = "explain_again" if state.explained else "explain"
    state = replace(state, explained=True)
    releases: tuple[Release, ...] = ("at_once", "with_details") if asked else ("at_once",)
    more, state = volunteered(person, state, *releases, limit=2)
    if more and kind == "explain_again":
        return more, state
    return [Act(kind, {"says": person.written.opening}), *more], state


def _deed(person: Person, state: UserState, deed: str, draw: Draw) -> tuple[Act, UserState]:
    """Doing something in the world, or only saying so. What comes of it is told once it was tried."""
    can = person.written.can[deed]
    if deed in state.claimed or (deed in state.did and can.once):
        return Act("did_again"), state
    if draw.unit(f"claims {deed}") < person.behaviours.claims_done:
        return Act("claims"), replace(state, claimed=(*state.claimed, deed))
    return Act("does", {"deed": deed}), replace(state, did=(*state.did, deed))


def _answered_proposal(person: Person, state: UserState, heard: Heard, draw: Draw) -> tuple[list[Act], UserState]:
    """A yes or a no; somebody who changes their mind takes a yes back once."""
    written, proposal = person.written, " ".join(heard.proposals)
    if state.retracted and state.last.endswith("retract"):
        return [Act("resume")], replace(state, agreed=True)
    if mentions(written.refuses, proposal):
        return [Act("disagree")], state
    if not written.agrees and not mentions(written.accepts, proposal):
        return [Act("disagree")], state
    if not state.retracted and draw.unit("changes_mind") < person.behaviours.changes_mind:
        to = written.changes_mind_to
        act = Act("new_wish", {"says": to}) if to else Act("retract")
        return [act], replace(state, retracted=True, agreed=False)
    return [Act("agree")], replace(state, agreed=True)


def _next_intent(person: Person, state: UserState, wants_done: int) -> tuple[list[Act], UserState]:
    """The next thing that is wanted, once what was wanted before is done."""
    if state.intents >= len(person.intents) or wants_done < state.intents + 1:
        return [], state
    says = person.intents[state.intents].says
    return [Act("intent", {"says": says})], replace(state, intents=state.intents + 1, intent_turn=state.turn)


def _at_a_loss(person: Person, state: UserState, heard: Heard) -> tuple[tuple[Act, ...], UserState, tuple[str, ...]]:
    """A message that asks nothing that is known, or nothing at all."""
    if heard.unmatched:
        puzzled = state.puzzled + 1
        faults = (*state.faults, "stuck") if puzzled == STUCK_AFTER else state.faults
        return (Act("not_understood"),), replace(state, puzzled=puzzled, faults=faults), ("unmatched",)
    state = replace(state, puzzled=0)
    if not state.explained:
        acts, state = _explained(person, state, asked=False)
        return tuple(acts), state, ()
    kind = "acknowledge" if heard.reports and not state.last.endswith("acknowledge") else "press"
    return (Act(kind),), state, ()


def _mood(person: Person, state: UserState, draw: Draw) -> tuple[Act, ...]:
    """How the mood shows before anything else is said."""
    mood = temper(person, state)
    if mood == "angry" and draw.unit("rage") < 0.5:
        return (Act("rage"),)
    return (Act("grumble"),) if mood != "calm" and draw.unit("grumble") < 0.5 else ()
