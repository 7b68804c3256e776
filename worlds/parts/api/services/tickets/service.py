"""Who may do what in the tracker, and what is done to one issue: moves, labels, people."""

from collections.abc import Mapping
from typing import Any

from worlds.parts.api.hooks import Answer, Call, Service

service = Service()
Record = Mapping[str, Any]


def login_of(call: Call) -> str:
    """Who calls."""
    return str(call.caller["name"] or "api")


def role_of(call: Call) -> str:
    """What the caller is in the tracker; tokens of nobody in particular may do what triagers may."""
    user = call.get("users", login_of(call))
    return str(user["role"]) if user else "triager"


def forbid(call: Call, message: str) -> None:
    """Refuse what the caller may not do."""
    call.refuse(403, "forbidden", message)


def need_triager(call: Call, issue: Record) -> None:
    """Only triagers, maintainers, and the reporter of the issue go on."""
    if role_of(call) not in ("triager", "maintainer") and issue["reporter"] != login_of(call):
        forbid(call, "Only its reporter, triagers and maintainers may change this issue")


def may_move(call: Call, issue: Record, to: str) -> bool:
    """Whether the caller may move an issue to a state."""
    login, role = login_of(call), role_of(call)
    works = role == "maintainer" or login in issue["assignees"]
    if to == "closed":
        return role == "maintainer"
    if to == "open" and issue["state"] in ("resolved", "closed"):
        return role == "maintainer" or issue["reporter"] == login
    return works or (role == "triager" and to != "resolved")


def note(call: Call, issue: Record, event: str, detail: str) -> None:
    """Add to the history of an issue."""
    call.create("events", issue=issue["number"], event=event, actor=login_of(call), detail=detail)


@service.before("issues.create")
@service.before("issues.update")
def judge_people(call: Call) -> None:
    """Issues are assigned to people who are active."""
    issue, old = call.resource or {}, call.old or {}
    if len(issue["assignees"]) > 5:
        call.refuse(422, "too_many", "An issue has at most five assignees", field="assignees")
    for login in issue["assignees"]:
        user = call.get("users", login)
        if user is not None and not user["active"] and login not in old.get("assignees", ()):
            call.refuse(422, "invalid", f"{login} is not active any more", field="assignees")


@service.before("updateIssue")
def judge_change(call: Call) -> None:
    """Who changes an issue, and who locks it."""
    issue, old = call.resource or {}, call.old or {}
    need_triager(call, old)
    if issue.get("locked") != old.get("locked") and role_of(call) != "maintainer":
        forbid(call, "Only maintainers lock and unlock issues")


@service.before("comments.create")
def judge_comment(call: Call) -> None:
    """Locked issues are open to maintainers alone."""
    issue = call.need("issues", (call.resource or {})["issue"])
    if issue["locked"] and role_of(call) != "maintainer":
        forbid(call, "This issue is locked")


@service.before("comments.update")
@service.before("comments.delete")
def judge_author(call: Call) -> None:
    """Comments belong to their authors."""
    if (call.old or {}).get("author") != login_of(call) and role_of(call) != "maintainer":
        forbid(call, "Only its author and maintainers may change this comment")


@service.before("labels.delete")
def judge_label(call: Call) -> None:
    """Labels are taken away by maintainers."""
    if role_of(call) != "maintainer":
        forbid(call, "Only maintainers delete labels")


@service.operation("getMe")
def show_caller(call: Call) -> Record:
    """The user who calls."""
    return call.need("users", login_of(call))


@service.operation("listTransitions")
def list_transitions(call: Call) -> list[dict[str, Any]]:
    """The states that may follow, and whether the caller may choose them."""
    issue = call.need("issues", call.arguments["number"])
    states = call.work.service.kinds["issues"].states
    following = states.moves.get(issue["state"], ()) if states else ()
    return [{"to": to, "allowed": may_move(call, issue, to)} for to in following]


@service.operation("transitionIssue")
def move(call: Call) -> Record:
    """Move an issue, where the states and the caller's role allow it."""
    issue, to = call.need("issues", call.arguments["number"]), call.body["to"]
    states = call.work.service.kinds["issues"].states
    if states is None or to not in states.moves.get(issue["state"], ()):
        call.refuse(422, "transition_impossible", f"An issue that is {issue['state']} cannot become {to}", field="to")
    if not may_move(call, issue, to):
        forbid(call, f"You may not move this issue to {to}")
    resolution = call.body.get("resolution") or issue["resolution"]
    judge_move(call, issue, to, resolution)
    ended = to in ("resolved", "closed")
    more = {} if to == "closed" else {"closed_at": None}
    return call.update("issues", issue["number"], state=to, resolution=resolution if ended else None, **more)


def judge_move(call: Call, issue: Record, to: str, resolution: str | None) -> None:
    """What a state asks of an issue."""
    if to == "in_progress" and not issue["assignees"]:
        call.refuse(422, "missing_field", "Work begins on issues that are assigned to somebody", field="assignees")
    if to in ("resolved", "closed") and resolution is None:
        call.refuse(422, "missing_field", "A resolution is needed", field="resolution")


@service.operation("addLabels")
def add_labels(call: Call) -> Record:
    """Add the labels that the issue does not have."""
    issue = call.need("issues", call.arguments["number"])
    need_triager(call, issue)
    new = [each for each in dict.fromkeys(call.body["labels"]) if each not in issue["labels"]]
    changed = call.update("issues", issue["number"], labels=[*issue["labels"], *new])
    for name in new:
        note(call, issue, "labeled", name)
    return changed


@service.operation("removeLabel")
def remove_label(call: Call) -> Record:
    """Take a label from an issue that has it."""
    issue, name = call.need("issues", call.arguments["number"]), call.arguments["name"]
    need_triager(call, issue)
    if name not in issue["labels"]:
        call.refuse(404, "missing", "Not found")
    note(call, issue, "unlabeled", name)
    return call.update("issues", issue["number"], labels=[each for each in issue["labels"] if each != name])


@service.operation("addAssignees")
def add_assignees(call: Call) -> Answer:
    """Assign people who are not yet."""
    issue = call.need("issues", call.arguments["number"])
    need_triager(call, issue)
    new = [each for each in dict.fromkeys(call.body["assignees"]) if each not in issue["assignees"]]
    changed = call.update("issues", issue["number"], assignees=[*issue["assignees"], *new])
    for login in new:
        note(call, issue, "assigned", login)
    return Answer(changed)


@service.operation("removeAssignee")
def remove_assignee(call: Call) -> Record:
    """Take somebody off an issue who is on it."""
    issue, login = call.need("issues", call.arguments["number"]), call.arguments["login"]
    need_triager(call, issue)
    if login not in issue["assignees"]:
        call.refuse(404, "missing", "Not found")
    note(call, issue, "unassigned", login)
    return call.update("issues", issue["number"], assignees=[each for each in issue["assignees"] if each != login])
