"""Words by which people ask for usual things. Authors add their own with `asked_by`."""

from collections.abc import Mapping, Sequence
from typing import Final

SYNONYMS: Final[Mapping[str, Sequence[str]]] = {
    "email": ("email", "e-mail", "mail address", "email address"),
    "mail": ("email", "e-mail", "mail address"),
    "phone": ("phone", "phone number", "telephone", "mobile number", "call you"),
    "name": ("name", "who am i speaking", "who am i talking", "who are you"),
    "address": ("address", "where do you live", "shipping address", "postal address"),
    "street": ("street", "address"),
    "city": ("city", "town"),
    "zip": ("zip", "zip code", "postcode", "postal code"),
    "country": ("country",),
    "birthday": ("birthday", "date of birth", "birth date", "when were you born"),
    "birth": ("date of birth", "birth date", "birthday", "born"),
    "day": ("day", "date", "when"),
    "date": ("date", "day", "when"),
    "time": ("time", "when", "what hour"),
    "when": ("when", "date", "day", "time"),
    "amount": ("amount", "how much", "what sum", "total"),
    "price": ("price", "how much", "cost"),
    "order": ("order number", "order id", "order no", "order reference", "which order", "order"),
    "invoice": ("invoice number", "invoice id", "which invoice", "invoice"),
    "ticket": ("ticket number", "ticket id", "which ticket", "case number"),
    "booking": ("booking number", "booking code", "booking reference", "reservation", "confirmation code"),
    "reservation": ("reservation number", "reservation", "booking", "confirmation code"),
    "account": ("account number", "account id", "which account", "account"),
    "customer": ("customer number", "customer id", "customer no"),
    "user": ("user id", "user name", "username", "login"),
    "username": ("username", "user name", "login name", "login"),
    "password": ("password", "passphrase", "pass word"),
    "pin": ("pin", "pin code", "security code"),
    "code": ("code",),
    "card": ("card", "card number", "which card", "payment card", "last four digits", "last 4 digits"),
    "iban": ("iban", "bank account", "bank details"),
    "bank": ("bank", "bank account", "bank details", "iban"),
    "payment": ("payment method", "how did you pay", "pay with", "paid with", "payment"),
    "product": ("product", "item", "what did you buy", "what did you order", "which article"),
    "item": ("item", "product", "which article", "what did you order"),
    "title": ("title", "which book", "name of the book"),
    "book": ("book", "title"),
    "device": ("device", "model", "which phone", "what phone"),
    "model": ("model", "device", "type number"),
    "serial": ("serial number", "serial"),
    "version": ("version",),
    "error": ("error", "error message", "message do you see", "what does it say"),
    "message": ("message", "what does it say"),
    "reason": ("reason", "why", "what for"),
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


def keywords(name: str, label: str, own: Sequence[str]) -> tuple[str, ...]:
    """The words that ask for a thing: its name's and label's, usual synonyms, and the author's own."""
    spaced = name.replace("_", " ").lower()
    found = [spaced, label.lower(), *(word.lower() for word in own)]
    for word in (each for each in spaced.split() if each not in _FILLERS):
        found += SYNONYMS.get(word, (word,))
    found += SYNONYMS.get(spaced.replace(" ", ""), ())
    return tuple(dict.fromkeys(word for word in found if word.strip()))
