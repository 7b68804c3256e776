"""What an agent's message asks and says, by rules: the same message always means the same, and nothing is paid for it.

Sentences are taken one by one. One that asks (a question mark, `please`, `could you`, `I need your ...`, or a list
under such a sentence) asks for each fact whose name, label, synonyms or own words (`asked_by`) stand in it as whole
words. So a fact is heard where it is named; a question that describes a thing without naming it is not understood,
and the person says so. An offer to do something asks for no fact. Only English is understood.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.users.keywords import Ear
from harness.users.naming import named

_SENTENCE: Final = re.compile(r"(?<=[.!?:;])\s+")
_BULLET: Final = re.compile(r"^\s*(?:[-*•]|\(?\d+[.)]|\(?[a-z]\))\s+")
_ASKS: Final = re.compile(
    r"\?|\b(?:please|kindly|could you|can you|would you|will you|may i|might i|can i|could i|"
    r"need(?! to (?!know|ask|have|see|verify|confirm))|require|(?:would|'d) like to know|provide|tell me|"
    r"tell us|give me|give us|send me|send us|share|specify|let me know|"
    r"let us know|what is|what's|what was|(?<!, )which|how much|how many|i must ask|i have to ask|in order to|"
    r"to verify|let's start with|to confirm your|confirm your|verify your)\b",
    re.IGNORECASE,
)
_OPEN: Final = re.compile(
    r"\b(?:how (?:can|may|could) (?:i|we) (?:help|assist)|what can (?:i|we) do for|what(?:'s| is| seems to be) (?:the|"
    r"your) (?:\w+ )?(?:problem|issue|matter|trouble|question|request|concern)|what happened|more (?:details|"
    r"information|about)|describe|elaborate|explain (?:what|your|the|in)|tell me (?:more|what)|walk me through|"
    r"what(?:'s| is) (?:wrong|going on|this about|it about)|what do you (?:need|want|mean)|could you clarify|"
    r"can you clarify|please clarify|the reason (?:for|of) your (?:call|message|contact)|what brings you)\b",
    re.IGNORECASE,
)
_MORE: Final = re.compile(
    r"\b(?:(?:any|some)thing (?:else|more)|any (?:other|more|further) (?:questions?|issues?|requests?|concerns?)|"
    r"further (?:help|questions?|assistance)|help you with (?:any|some)thing)\b",
    re.IGNORECASE,
)
_PROPOSES: Final = re.compile(
    r"\b(?:(?:shall|should|may|can|could) (?:i|we)\b(?! (?:help|assist|ask|have|get|know|see))|(?:would|do) you "
    r"(?:like|want) (?:me|us) to|is (?:that|this|it) (?:ok|okay|all right|alright|fine|acceptable)|are you "
    r"(?:ok|okay|fine|happy|comfortable|sure)|do you (?:agree|accept|confirm|consent|approve)|would that (?:work|be)|"
    r"does that work|(?:please )?confirm (?:that|this|the|you|if|whether|to)|"
    r"(?:yes or no|yes/no|reply yes|say yes|type yes|\(yes)|"
    r"go ahead\?|proceed\?|(?:want|like) to (?:proceed|continue|go ahead)|(?:i|we) (?:can|could) .* instead\?)",
    re.IGNORECASE,
)
_WANTS: Final = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|confirm|verify|provide|tell|give|share|specify|spell|have|get|take|"
    r"ask|know|see|send me|send us)\b",
    re.IGNORECASE,
)
"""Words by which a sentence that offers something asks for something as well."""
_OPEN_ENDED: Final = re.compile(
    r"^(?:(?:and|so|but|also|ok|okay|then)\W+)?(?:what|which|who|whom|when|where|why|how)\b", re.IGNORECASE
)
_REFUSES: Final = re.compile(
    r"\b(?:can(?:not|'t|’t| not)|could(?:n't| not)|unable to|not able to|not allowed|not permitted|not possible|"
    r"won't be able|will not be able|must decline|have to decline|against (?:our|the|company) (?:policy|rules)|"
    r"(?:policy|rules) (?:does|do) not allow|not authori[sz]ed|i(?:'m| am) afraid)\b",
    re.IGNORECASE,
)
_REPORTS: Final = re.compile(
    r"\b(?:i(?:'ve| have)|we(?:'ve| have)|has been|have been|was|is now|are now|done|completed|processed|issued|"
    r"i (?:found|see|checked|looked|sent|issued|updated|cancelled|canceled|created|changed|refunded))\b",
    re.IGNORECASE,
)
_IS_VALUE: Final = re.compile(r"\b(?:is|are|was|it's|correct|right|confirm|verify)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listening:
    """What a person has an ear for: names of things to the words that mean them."""

    facts: Mapping[str, Ear] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    """What each fact says, to recognise it in a question."""
    unknown: Mapping[str, Ear] = field(default_factory=dict)
    deeds: Mapping[str, Ear] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message asks and says; things in the order in which they stand in it."""

    facts: tuple[str, ...] = ()
    """Facts that are asked for."""
    right: tuple[str, ...] = ()
    """Facts whose true value is read back to be confirmed."""
    unknown: tuple[str, ...] = ()
    deeds: tuple[str, ...] = ()
    opens: bool = False
    """Whether it asks in general what the matter is."""
    more: bool = False
    """Whether it asks for anything else."""
    proposals: tuple[str, ...] = ()
    """Sentences that want a yes or a no."""
    refuses: bool = False
    reports: bool = False
    unmatched: bool = False
    """Whether something is asked and nothing of it was made sense of."""


def understood(text: str, listening: Listening) -> Heard:
    """What a message asks and says."""
    parts = list(_sentences(text))
    asking = [part for part, asks in parts if asks]
    proposals = tuple(part for part in asking if _is_offer(part) and not _OPEN.search(part))
    facts, unknown = _things(asking, proposals, listening)
    right = tuple(name for name in facts if _reads_back(asking, listening.values.get(name, "")))
    deeds = named([part for part, _ in parts if _is_wish(part)], listening.deeds)
    opens, more = bool(_OPEN.search(text)), bool(_MORE.search(text))
    known = bool(facts or deeds or unknown or proposals or opens or more)
    return Heard(
        tuple(name for name in facts if name not in right), right, unknown, deeds, opens, more, proposals,
        bool(_REFUSES.search(text)), bool(_REPORTS.search(text)), bool(asking) and not known,
    )  # fmt: skip


def _things(
    asking: Sequence[str], proposals: Sequence[str], listening: Listening
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The facts and the unknown things that are asked for: together, because the longest phrase decides."""
    unknown = {f"? {name}": ear for name, ear in listening.unknown.items()}
    parts = [part for part in asking if part not in proposals or _WANTS.search(part) or _is_read_back(part, listening)]
    found = named(parts, {**listening.facts, **unknown})
    return tuple(name for name in found if name not in unknown), tuple(name[2:] for name in found if name in unknown)


def _is_offer(part: str) -> bool:
    """Whether a sentence wants a yes or a no to something that would be done."""
    return bool(_PROPOSES.search(part)) and not _OPEN_ENDED.search(part)


def _is_read_back(part: str, listening: Listening) -> bool:
    return any(_reads_back([part], value) for value in listening.values.values())


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """The sentences, and whether each asks for something; a list asks when the sentence above it does."""
    listed = announced = False
    for line in text.splitlines():
        bullet = _BULLET.match(line)
        for part in filter(str.strip, _SENTENCE.split(line[bullet.end() :] if bullet else line)):
            asks = bool(_ASKS.search(part)) or announced or (listed and bullet is not None)
            yield part.strip(), asks
            announced = asks and bullet is None and part.rstrip().endswith(":")
            listed = listed if bullet else asks


def _is_wish(part: str) -> bool:
    """Whether a sentence can ask somebody to do something: a request, or words that begin with what to do."""
    return bool(_ASKS.search(part)) or not re.match(
        r"(?:i|we|it|he|she|they|your|the|this|that)\b", part, re.IGNORECASE
    )


def _reads_back(parts: Sequence[str], value: str) -> bool:
    wanted = value.casefold()
    return bool(wanted) and any(wanted in part.casefold() and _IS_VALUE.search(part) for part in parts)
