"""Words that say when and how many, and words that begin a sentence without naming anybody."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CALENDAR: Final = _words(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday christmas easter"
)
OFTEN_NO_MONTH: Final = _words("may march")
COUNTS: Final = _words(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen"
)
CAPITALS: Final = _words("i i'm i've i'll i'd ok okay pdf id sms asap faq")
"""Words that are often written with a capital anywhere."""
STARTERS: Final = _words(
    "a about actually after again ah all also already although always an and another any anyway are as ask at back "
    "be because before both but by can come correct could did do does don't done either else enough even ever every "
    "everything exactly excuse fine finally first for forget from get give go good got great had has have he hello "
    "help her here hey hi his hm hmm hold honestly how however huh i if in is isn't it its it's just keep last let "
    "listen look make maybe me mine more most my naturally never nevertheless new next no nobody none not nothing now "
    "of off oh okay on once one only or other otherwise ought our out over perfect perhaps please possibly probably "
    "quick quite rather really right same say see seriously she should since so some somebody something sometimes "
    "somewhere sorry still stop such sure surely take tell thank thanks that that's the their them then there there's "
    "therefore these they they're thing things this those though to today tomorrow too true try ugh um under unless "
    "until up us usually very wait was we well went were what what's whatever when where which while who whole why "
    "will with without wonderful would wow wrong yeah yes yesterday yet you your you're yours"
)
OF_SOMEBODY: Final = _words(
    "is was has had said says told tells called calls wrote writes asked asks and from will would can could did does "
    "wants wanted needs needed gave gives sent sends knows knew promised thinks thought works helped"
)
"""What follows a name that begins a sentence, more often than it follows another word."""
