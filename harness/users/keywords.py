"""Words by which people ask for usual things. Authors add their own with `asked_by`.

`...` in a phrase stands for up to six words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WHEN: Final = (
    "when did", "when was", "when were", "when is", "when has", "when have", "when exactly", "when roughly", "when?",
    "know when", "remember ... when", "recall ... when", "tell me when", "tell us when", "since when", "say when",
    "how long ago", "what day", "which day", "on what day",
)  # fmt: skip
"""Questions for a time; `when` alone may as well begin a clause that says when."""
_PURCHASE: Final = ("which purchase", "what purchase", "purchase number", "purchase id", "confirmation number")
_SENT_TO: Final = tuple(
    f"where ... {done}" for done in ("shipped", "delivered", "sent", "ship it", "deliver it", "ship to", "deliver to")
)
_POSTAL: Final = ("zip", "zip code", "zipcode", "postcode", "post code", "postal code")

SYNONYMS: Final[Mapping[str, Sequence[str]]] = {
    "email": (
        "email",
        "e-mail",
        "mail address",
        "email address",
        "email id",
        "e-mail address",
        "e-mail id",
        "inbox",
        "mailbox",
        "where can i write",
        "where can we write",
        "reach you by mail",
    ),
    "mail": ("email", "e-mail", "mail address", "email address", "inbox"),
    "phone": (
        "phone",
        "phone number",
        "telephone",
        "telephone number",
        "mobile",
        "mobile number",
        "cell number",
        "call you",
        "call you back",
        "contact number",
        "number to reach you",
        "number ... call",
        "number ... reach you",
    ),
    "name": (
        "name",
        "surname",
        "who am i speaking",
        "who am i talking",
        "who are you",
        "who is this",
        "whom am i",
        "who do i have",
        "and you are",
        "address you",
        "call you by",
        "what should i call you",
        "what may i call you",
        "what can i call you",
    ),
    "address": (
        "address",
        "where do you live",
        "shipping address",
        "postal address",
        "delivery address",
        "street address",
        "billing address",
        "home address",
        *_SENT_TO,
    ),
    "street": ("street", "address"),
    "city": ("city", "town"),
    "zip": _POSTAL,
    "zipcode": _POSTAL,
    "postcode": _POSTAL,
    "postal": _POSTAL,
    "surname": ("surname", "last name", "family name", "name"),
    "mobile": ("mobile", "mobile number", "phone", "phone number", "cell", "telephone"),
    "telephone": ("telephone", "phone", "phone number", "mobile", "number to reach you"),
    "login": ("login", "username", "user name", "log in with"),
    "country": ("country",),
    "birthday": ("birthday", "date of birth", "birth date", "when were you born"),
    "birth": ("date of birth", "birth date", "birthday", "born"),
    "day": ("day", "date", *WHEN),
    "date": ("date", "day", *WHEN),
    "time": ("time", "what hour", "what time", *WHEN),
    "when": ("date", "day", "time", *WHEN),
    "amount": ("amount", "how much", "sum", "total", "what did you pay", "what were you charged"),
    "price": ("price", "how much", "cost", "what did you pay", "what did it cost"),
    "order": (
        "order number",
        "order id",
        "order no",
        "order #",
        "order reference",
        "order code",
        "which order",
        "what order",
        "reference number",
        "reference",
        *_PURCHASE,
        "order",
    ),
    "invoice": ("invoice number", "invoice id", "which invoice", "invoice"),
    "ticket": ("ticket number", "ticket id", "which ticket", "case number"),
    "booking": (
        "booking number",
        "booking code",
        "booking reference",
        "booking id",
        "reservation number",
        "reservation",
        "confirmation code",
        "confirmation number",
        "which booking",
        "booking",
        "reference number",
    ),
    "reservation": ("reservation number", "reservation", "booking", "confirmation code"),
    "account": ("account number", "account id", "which account", "account no", "account"),
    "customer": ("customer number", "customer id", "customer no"),
    "user": ("user id", "user name", "username", "login"),
    "username": ("username", "user name", "login name", "login"),
    "password": ("password", "passphrase", "pass word"),
    "pin": ("pin", "pin code", "security code"),
    "code": ("code",),
    "card": (
        "card",
        "card number",
        "which card",
        "what card",
        "payment card",
        "last four digits",
        "last 4 digits",
        "last four",
        "last 4",
    ),
    "iban": ("iban", "bank account", "bank details"),
    "bank": ("bank", "bank account", "bank details", "iban"),
    "payment": (
        "payment method",
        "how did you pay",
        "pay with",
        "paid with",
        "how ... paid",
        "method of payment",
        "payment",
        "means of payment",
        "how ... pay",
    ),
    "product": ("product", "item", "what did you buy", "what did you order", "which article", "what ... purchase"),
    "item": ("item", "product", "which article", "what did you order"),
    "title": ("title", "which book", "name of the book"),
    "book": ("book", "title"),
    "device": (
        "device",
        "model",
        "which phone",
        "what phone",
        "hardware",
        "equipment",
        "machine",
        "what ... using",
        "which ... using",
        "which ... product",
        "what ... product",
    ),
    "model": ("model", "device", "type number"),
    "serial": ("serial number", "serial"),
    "version": ("version",),
    "error": (
        "error",
        "error message",
        "error code",
        "message do you see",
        "what does it say",
        "message ... shown",
        "what ... on the screen",
    ),
    "message": ("message", "what does it say"),
    "reason": ("reason", "why", "what for", "what made you", "what makes you", "what led you", "how come"),
    "size": ("size", "how big", "how large"),
    "quantity": ("quantity", "how many"),
    "count": ("how many", "count"),
    "colour": ("colour", "color"),
    "color": ("colour", "color"),
    "flight": ("flight number", "which flight", "flight"),
    "destination": ("destination", "where to", "where do you want to go"),
    "shop": ("shop", "store", "branch", "where did you buy"),
    "place": ("place", "where", "location"),
    "location": ("location", "where", "place"),
    "company": ("company", "employer", "organisation", "organization"),
}
_FILLERS: Final = frozenset({"which", "what", "my", "the", "of", "a", "full", "last", "first", "number", "id", "no"})
_WEAK: Final = frozenset(
    {
        "account",
        "address",
        "bank",
        "book",
        "booking",
        "branch",
        "card",
        "city",
        "code",
        "company",
        "country",
        "customer",
        "device",
        "flight",
        "invoice",
        "item",
        "location",
        "machine",
        "message",
        "model",
        "order",
        "payment",
        "place",
        "product",
        "reference",
        "reservation",
        "shop",
        "store",
        "street",
        "ticket",
        "title",
        "town",
        "user",
    }
)
"""Words that stand in many questions for something else: they ask only where nothing stronger does."""


@dataclass(frozen=True, slots=True)
class Ear:
    """The words that ask for a thing."""

    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    """Those that ask for it only where their clause asks for nothing else."""


def keywords(name: str, label: str, own: Sequence[str]) -> Ear:
    """The words that ask for a thing: its name's and label's, usual synonyms, and the author's own."""
    spaced = name.replace("_", " ").lower()
    given = [spaced, label.lower(), *(word.lower() for word in own)]
    words = [word for word in spaced.split() if word not in _FILLERS]
    usual = [one for word in words for one in SYNONYMS.get(word, ())] + list(SYNONYMS.get(spaced.replace(" ", ""), ()))
    alone = [word for word in words if word not in SYNONYMS]
    found = dict.fromkeys(word for word in [*given, *usual] if word.strip())
    authors = {word.lower() for word in own}
    strong = tuple(word for word in found if word in authors or word not in _WEAK)
    weak = [word for word in found if word not in strong] + [word for word in alone if word not in found]
    return Ear(strong, tuple(dict.fromkeys(weak)))
