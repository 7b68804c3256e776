"""Rules that are about a tool and say nothing, because they are off or their time is over."""

from typing import TYPE_CHECKING, Any

from fault_injection.profile import Profile
from fault_injection.rule import Rule
from fault_injection.verdict import full_name
from sandbox_server.call import Call
from worlds.clock import show_time

if TYPE_CHECKING:
    from sandbox_server.episode import Episode


def silent_rules(episode: "Episode", call: Call) -> list[dict[str, Any]]:
    """The rules that would be asked about a call if they were on, each with the reason why it is `silent`."""
    now_ns = episode.world.clock.now_ns
    found = [
        (profile, rule, _reason(profile, rule, now_ns)) for profile in episode.faults.profiles
        for rule in profile.rules if rule.match.covers(call.server, call.tool, call.method)
    ]  # fmt: skip
    return [
        {
            "rule": full_name(profile.name, rule), "fault": rule.fault.kind, "layer": rule.fault.layer,
            "matched": False, "silent": reason,
        }
        for profile, rule, reason in found if reason
    ]  # fmt: skip


def _reason(profile: Profile, rule: Rule, now_ns: int) -> str:
    """Why it says nothing, "" for a rule that is asked."""
    for what, each in ((f"the profile {profile.name}", profile), ("it", rule)):
        if not each.enabled:
            return f"{what} is off"
        if each.expires_ns is not None and now_ns >= each.expires_ns:
            return f"{what} ended at {show_time(each.expires_ns)}"
    return ""
