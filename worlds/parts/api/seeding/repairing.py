"""Plans whose values do not fit, put right: another choice where there is one, else the field is left out."""

from worlds.parts.api.checking.checker import Complaint
from worlds.parts.api.seeding.plans import Plan


def exchange(plan: Plan, wrong: Complaint) -> bool:
    """Whether something could be done about the field that a complaint names: another choice, or none at all."""
    path: list[tuple[Plan, str]] = []
    node: Plan | None = plan
    for step in wrong.place:
        if node is None:
            break
        if isinstance(step, str) and step in node.fields:
            path.append((node, step))
            node = node.fields[step]
        elif isinstance(step, int) and node.items is not None:
            path.append((node, "[]"))
            node = node.items
        else:
            break
    return any(_exchanged(parent, step) for parent, step in reversed(path))


def _exchanged(parent: Plan, step: str) -> bool:
    child = parent.items if step == "[]" else parent.fields[step]
    other = child.spare() if child is not None and child.spare is not None else None
    if other is not None:
        if step == "[]":
            parent.items = other
        else:
            parent.fields[step] = other
        return True
    if step == "[]" or step in parent.required:
        return False
    del parent.fields[step]
    return True
