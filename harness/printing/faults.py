"""What may go wrong, and what did, as lines of text."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from harness.printing.calls import line_safe, short

_MARKS: Final = {True: "on ", False: "off"}


def in_force(shown: Mapping[str, Any]) -> str:
    """The profiles and rules in force, with how often each has fired."""
    if not shown["profiles"]:
        return "nothing can go wrong here; add a profile with `soundstage faults add NAME`"
    lines: list[str] = []
    for profile in shown["profiles"]:
        words = ", ".join(filter(None, (profile["description"], _until(profile))))
        lines.append(f"{_MARKS[profile['enabled']]}  {profile['name']}: {words}".rstrip(": "))
        lines += _columns([_rule(rule) for rule in profile["rules"]])
    return "\n".join([*lines, f"revision {shown['revision']}"])


def catalogue(profiles: Iterable[Mapping[str, Any]], kinds: Iterable[Mapping[str, Any]]) -> str:
    """What can be asked for by name."""
    rows = [[each["name"], "lies" if not each["explicit"] else "", each["description"]] for each in kinds]
    return "\n".join([
        "Profiles:", *_columns([[each["name"], each["description"]] for each in profiles]), "",
        "Kinds of faults (`lies`: it does not announce itself):", *_columns(rows),
    ])  # fmt: skip


def explanation(told: Mapping[str, Any]) -> str:
    """What would happen to a call."""
    if not told["rules"]:
        return "no rule is about this tool"
    works = "" if told["works"] == "unknown" else f"; the call {told['works']}s"
    head = f"attempt {told['attempt']}{works}"
    return "\n".join([head, *_columns([[rule["rule"], rule["fault"], _word(rule)] for rule in told["rules"]])])


def fired_line(entry: Mapping[str, Any]) -> str:
    """One line for an entry in which rules had a say, or in which faults were toggled."""
    when = str(entry["arrived"])[11:19]
    if entry["kind"] == "act":
        given = {key: value for key, value in entry["arguments"].items() if key not in ("change", "revision")}
        return f"{when} {entry['arguments'].get('change', '')} {short(given)}"
    told = "; ".join(f"{rule['rule']} {_word(rule)}" for rule in entry["rules"])
    joined = " " if entry["kind"] == "request" else "."  # a request is no tool of its server
    return f"{when} {entry['server']}{joined}{line_safe(str(entry['tool']))}: {told}"


def had_a_say(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is about faults: rules would have fired, or somebody toggled something."""
    if entry["kind"] == "act":
        return bool(entry["tool"] == "faults")
    return any(rule.get("would_fire") for rule in entry["rules"])


def _rule(rule: Mapping[str, Any]) -> list[str]:
    fired = f"fired {rule['fired']}x" if rule["fired"] else ""
    about = f"{rule['fault']} ({rule['phase']})"
    return [_MARKS[rule["enabled"]].strip(), rule["name"], rule["trigger"], about, fired, _until(rule)]


def _until(shown: Mapping[str, Any]) -> str:
    """When a profile or a rule ends, or has ended, "" where nobody said."""
    return f"until {shown['expires']}" if shown["expires"] else ""


def _word(rule: Mapping[str, Any]) -> str:
    if rule.get("silent"):
        return f"says nothing: {rule['silent']}"
    if rule.get("missed"):
        return f"is not about it: {rule['missed']}"
    drawn = f" (drew {rule['u']:.3f} against {rule['p']:g})" if rule.get("u") is not None else ""
    if rule["fired"]:
        wait = f", wait {rule['wait_ms'] / 1_000:g} s" if rule.get("wait_ms") is not None else ""
        return f"fires{wait}{drawn}"
    return f"would fire, but: {rule['suppressed']}{drawn}" if rule.get("suppressed") else f"does not fire{drawn}"


def _columns(rows: list[list[str]]) -> list[str]:
    """Rows as lines whose columns stand below each other."""
    if not rows:
        return []
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
