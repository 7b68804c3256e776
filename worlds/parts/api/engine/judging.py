"""Whether a resource may be as it is going to be: what it names exists, what is unique is, and its state may follow."""

from typing import Any

from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.engine.work import Work
from worlds.parts.api.places import value_at
from worlds.records import Record


def judge(work: Work, kind: Kind, new: Record, old: Record | None) -> None:
    """Raise Refused for a resource that may not become so."""
    judge_relations(work, kind, new, old)
    judge_uniqueness(work, kind, new, old)
    judge_state(kind, new, old)


def judge_relations(work: Work, kind: Kind, new: Record, old: Record | None) -> None:
    """Every field that names a resource names one that is there (and that the caller may see)."""
    for place, relation in kind.relations.items():
        if relation.embedded or relation.to not in work.service.kinds:
            continue
        before = [] if old is None else list(values_named(old, place))
        for value in values_named(new, place):
            if value not in before and not is_there(work, relation.to, relation.target, value):
                rule = kind.rules.relations.get(place)
                title = work.service.kinds[relation.to].title
                issue = Issue(place.replace("[]", ""), "not_found", f"No such {title}: {value}")
                status = rule.on_dangling if rule else None
                raise Refused("dangling", issue.message, issues=(issue,), status=status, resource=title)


def values_named(record: Record, place: str) -> list[Any]:
    """The ids at a place; `[]` stands for every member of a list."""
    found: list[Any] = [record]
    for step in place.split("."):
        name = step.removesuffix("[]")
        found = [value_at(each, name) for each in found]
        if step.endswith("[]"):
            found = [item for each in found if isinstance(each, list) for item in each]
    return [each for each in found if isinstance(each, str | int) and not isinstance(each, bool) and each != ""]


def is_there(work: Work, collection: str, target: str, value: Any) -> bool:
    """Whether a collection has a resource with a value in a field, which the caller may see."""
    key = work.store.named(collection, target, value)
    record = work.store.get(collection, key) if key is not None else None
    return record is not None and is_visible(work, work.service.kinds[collection], record)


def is_visible(work: Work, kind: Kind, record: Record) -> bool:
    """Whether a resource belongs to the caller's tenant, or nobody asks."""
    tenant = work.caller.tenant
    return not kind.tenant or tenant is None or str(value_at(record, kind.tenant)) == tenant


def judge_uniqueness(work: Work, kind: Kind, new: Record, old: Record | None) -> None:
    """No other resource (of the same tenant and parent) has the same values."""
    own = None if old is None else kind.key_of(old)
    scoped = [each.field for each in kind.collection.keys if each.collection] + ([kind.tenant] if kind.tenant else [])
    for fields in kind.unique:
        values = {name: value_at(new, name) for name in fields}
        if any(value is None for value in values.values()):
            continue
        if old is not None and all(value_at(old, name) == value for name, value in values.items()):
            continue
        wanted = {**values, **{name: value_at(new, name) for name in scoped if value_at(new, name) is not None}}
        if any(key != own for key in work.store.keys_where(kind.name, wanted)):
            name = fields[0]
            issue = Issue(name, "already_exists", f"{name} is already taken")
            raise Refused("duplicate", issues=(issue,), resource=kind.title)


def judge_state(kind: Kind, new: Record, old: Record | None) -> None:
    """The state is a known one that may follow the present one; frozen resources stay as they are."""
    states = kind.states
    if states is None:
        return
    after = value_at(new, states.field)
    before = None if old is None else value_at(old, states.field)
    if before == after:
        if old is not None and before in states.frozen and new != old:
            raise Refused("frozen", status=states.status, code=states.code, resource=kind.title)
        return
    known = {*states.moves, *(each for moves in states.moves.values() for each in listed(moves))}
    if after not in known:
        issue = Issue(states.field, "invalid", f"{states.field} must be one of: {', '.join(sorted(known))}")
        raise Refused("invalid", issues=(issue,), resource=kind.title)
    if old is not None and after not in listed(states.moves.get(str(before), ())):
        message = f"{with_article(kind.title)} that is {before} cannot become {after}"
        issue = Issue(states.field, states.code, message)
        raise Refused("state", message, issues=(issue,), status=states.status, code=states.code, resource=kind.title)


def with_article(noun: str) -> str:
    """A noun with `A` or `An` before it."""
    return f"{'An' if noun[:1].lower() in 'aeiou' else 'A'} {noun}"


def listed(words: str | tuple[str, ...]) -> tuple[str, ...]:
    """One word or several, as several."""
    return (words,) if isinstance(words, str) else tuple(words)
