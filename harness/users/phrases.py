"""The usual wordings of every act. None holds a number, a name or a date: what is told comes from scenarios alone."""

from collections.abc import Mapping, Sequence
from typing import Final

PHRASES: Final[Mapping[str, Sequence[str]]] = {
    "opening": ("{says}",),
    "opening_vague": (
        "Hi, I need some help please.",
        "Hello. Something is wrong and I hope you can sort it out.",
        "Hi there, I have a problem.",
    ),
    "explain": ("{says}", "Well, {says}", "It's like this. {says}"),
    "explain_again": ("As I wrote: {says}", "Like I said. {says}", "The same as before: {says}"),
    "intent": ("There is something else. {says}", "One more thing. {says}", "Also: {says}"),
    "answer": ("It's {value}.", "That would be {value}.", "{value}.", "Sure, {value}."),
    "answer_named": ("My {label}: {value}.", "{Label}: {value}.", "The {label} is {value}."),
    "answer_again": ("As I said, {value}.", "Again: {value}.", "I told you already, {value}."),
    "volunteer": ("By the way, {label}: {value}.", "Maybe it helps, {label}: {value}."),
    "correct": ("Sorry, I got that wrong before. The {label} is {value}.", "Correction, the {label} is {value}."),
    "deny": ("Hold on, that's not what I said before.", "No, I never said it like that."),
    "confirm_value": ("Yes, that's right.", "Yes, correct.", "That's it, yes."),
    "deny_value": ("No, that's not right.", "No, that isn't correct."),
    "reluctant": (
        "Why do you need my {label}?",
        "I'd rather not give out my {label} unless you really need it.",
        "Do you really need the {label} for this?",
    ),
    "refuse_secret": ("I'm not going to tell you my {label}.", "No, the {label} stays with me."),
    "unknown": (
        "I don't know the {label}.",
        "Sorry, I don't have the {label}.",
        "No idea what the {label} is, I'm afraid.",
    ),
    "agree": ("Yes, please do that.", "Yes, go ahead.", "OK, do it.", "That's fine, please go ahead."),
    "disagree": ("No, I don't want that.", "No, please don't do that.", "No. That is not what I want."),
    "retract": (
        "Wait, no, hold on. I'm not sure about that. Please don't do it yet.",
        "Hm, actually I changed my mind. Leave it for now.",
    ),
    "new_wish": ("Actually, I changed my mind. {says}", "On second thoughts: {says}"),
    "resume": ("All right, go ahead after all.", "OK, I thought about it. Yes, please do it."),
    "did": ("{says}", "OK. {says}"),
    "did_plain": ("OK, I did that.", "Done.", "Right, I have done that now."),
    "did_again": ("I have done that already.", "I did that before, as I said."),
    "claims": ("Yes, I did that already.", "Done.", "I have tried that, it's done."),
    "could_not": ("I tried, but it didn't work.", "That doesn't work for me, I get an error."),
    "digress": (
        "Before that, do you know why your site is so slow today?",
        "That reminds me, the last person I wrote with was very nice.",
        "I'm on the train, so the connection may drop.",
        "Is it always this busy at your place?",
    ),
    "ask_back": (
        "Sorry, what exactly do you mean?",
        "I'm not good with these things. Can you say it in simple words?",
        "Where would I find that?",
    ),
    "not_understood": (
        "Sorry, I don't know what to say to that.",
        "I can't tell you anything about that.",
        "I'm not sure, sorry.",
    ),
    "acknowledge": ("OK.", "All right.", "OK, thanks."),
    "press": ("So what happens now?", "And what about my problem?", "OK. Can you take care of it?"),
    "not_solved": ("My problem isn't solved yet.", "Yes: what I wrote about is still open."),
    "protest": ("That can't be right.", "There must be something that you can do.", "That doesn't help me at all."),
    "demand": ("I want a manager. Now.", "Just make an exception, nobody will notice."),
    "demand_says": ("{says}",),
    "does": ("OK.",),
    "interrupt": ("Hello?", "Are you still there?", "And please be quick."),
    "grumble": ("This is taking too long.", "I don't have all day.", "How much longer?"),
    "rage": ("This is ridiculous.", "I have never seen such bad service.", "Unbelievable."),
    "leave": ("Never mind.", "Forget it, never mind.", "Never mind, I'll try somewhere else."),
    "thanks": ("Great, that's all I needed. Thank you.", "Thank you, that settles it.", "Perfect, thanks. Bye."),
    "thanks_says": ("{says}",),
}
ACTS: Final = frozenset(PHRASES)
