"""What may go wrong in an episode: which profiles and rules are in force, toggled while clients are connected."""

from typing import Literal

from anyio.to_thread import run_sync
from pydantic import Field, model_validator
from starlette.responses import Response

from fault_injection.durations import Span
from fault_injection.errors import FaultError
from fault_injection.method import CALL, Method
from fault_injection.profile import Profile, inline_profile
from fault_injection.rule import Rule
from sandbox_server.admin.model import JsonObject, Model, Nothing
from sandbox_server.admin.operation import JSON, Asked, operation
from sandbox_server.admin.problem import Refused
from sandbox_server.admin.written_profiles import read_profiles
from sandbox_server.call import Call
from sandbox_server.episode import Episode
from sandbox_server.errors import NotFound
from sandbox_server.faults.silent import silent_rules
from worlds.clock import MS, show_time


class RuleInfo(Model):
    """One rule in force."""

    name: str = Field(description="Its full name, `profile/rule`.")
    enabled: bool = Field(description="Whether it is on.")
    fault: str = Field(description="What goes wrong.")
    layer: str = Field(description="Where it goes wrong.")
    explicit: bool = Field(description="Whether it announces itself.")
    phase: Literal["before", "after"] = Field(description="Whether the call has no effect, or happened all the same.")
    trigger: str = Field(description="What makes it fire.")
    recover: str = Field(description="How an agent can recover.")
    fired: int = Field(description="How often it has fired since the last reset.")
    expires: str | None = Field(description="World time at which it is gone.")
    written: JsonObject = Field(description="The rule as it would be written.")


class ProfileInfo(Model):
    """One profile in force."""

    name: str = Field(description="Its name.")
    description: str = Field(description="What it does, in a sentence.")
    source: str = Field(description="Where it comes from.")
    enabled: bool = Field(description="Whether it is on.")
    expires: str | None = Field(description="World time at which it is gone.")
    rules: list[RuleInfo] = Field(description="Its rules, in the order in which they are asked.")


class FaultsInForce(Model):
    """All that may go wrong in an episode."""

    revision: int = Field(description="Counts changes; also the answer's ETag.")
    idle: bool = Field(description="Whether nothing at all can go wrong.")
    profiles: list[ProfileInfo] = Field(description="In the order in which they are asked.")


class Putting(Model):
    """Profiles to put in force instead of all others."""

    profiles: list[str | JsonObject] = Field(
        description="Names, paths, `a+b` or whole profiles, in the order in which they are asked; [] for none.",
        max_length=64,
    )
    seed: int | None = Field(None, ge=0, lt=1 << 63, description="Seed of all draws; default: as before.")
    expires_in: Span | None = Field(None, description="World time after which they are gone.")


class Adding(Model):
    """A profile, several of which all are added or none, or rules without one."""

    profile: str | JsonObject | None = Field(
        None, description="A profile's name, a path, `a+b` for several, or a whole profile."
    )
    profiles: list[str | JsonObject] | None = Field(None, min_length=1, max_length=64, description="Or several.")
    rules: list[JsonObject] | None = Field(None, description="Rules, as the profile `inline`.", max_length=500)
    expires_in: Span | None = Field(None, description="World time after which it is gone.")

    @model_validator(mode="after")
    def _one(self) -> "Adding":
        if sum(given is not None for given in (self.profile, self.profiles, self.rules)) != 1:
            raise ValueError("give one of `profile`, `profiles` and `rules`")
        return self


class Changing(Model):
    """A change of one profile or rule."""

    name: str = Field(description="A profile's name, or a rule's full name (`profile/rule`).")
    enabled: bool | None = Field(None, description="Turn it on or off.")
    patch: JsonObject | None = Field(None, description="Keys of a rule to change; null takes a key away.")
    expires_in: Span | None = Field(None, description="World time after which it is gone.")

    @model_validator(mode="after")
    def _something(self) -> "Changing":
        if self.enabled is None and self.patch is None and self.expires_in is None:
            raise ValueError("give `enabled`, `patch` or `expires_in`")
        return self


class Firing(Model):
    """A rule to fire at the next call that it is about."""

    rule: str = Field(description="Its full name, `profile/rule`.")


class Supposed(Model):
    """A call that nobody makes."""

    server: str = Field(description="The server.")
    tool: str = Field("", description="The tool; none for another request than a call.")
    arguments: JsonObject = Field(default_factory=dict, description="Its arguments, or the params of the request.")
    method: Method = Field(CALL, description="The request, where it is no call.")
    transport: Literal["http", "stdio"] = Field("http", description="How it would come.")
    actor: str = Field("agent", description="Who would call.")

    @model_validator(mode="after")
    def _some_tool(self) -> "Supposed":
        if self.method == CALL and not self.tool:
            raise ValueError("give `tool`, or another `method` than tools/call")
        return self


class Explanation(Model):
    """What would happen to a call now, and why; nothing was counted."""

    attempt: int = Field(description="Which attempt at this operation it would be.")
    works: Literal["read", "write", "unknown"] = Field(description="What the call does, as far as can be told.")
    rules: list[JsonObject] = Field(
        description="What each rule says: `missed`, the draw `u` against `p`, `would_fire`, `suppressed`, `fired`; "
        "last those that are about the tool and off or over, and why (`silent`)."
    )


class NearMisses(Model):
    """Calls of a tool that a rule covers, but that it was not about in the end."""

    near_misses: list[JsonObject] = Field(description="The last ones; `missed` is the condition that did not hold.")


@operation("GET", "/episodes/{id}/faults", answer=FaultsInForce, refusals=(404,))
async def get_faults(asked: Asked) -> Response:
    """Show what may go wrong in an episode."""
    return _shown(asked.episode)


@operation("PUT", "/episodes/{id}/faults", answer=FaultsInForce, body=Putting, refusals=(404, 412))
async def put_faults(asked: Asked) -> Response:
    """Put profiles in force instead of all others."""
    wanted = await _found(asked.body.profiles)
    async with asked.episode.turn:
        _check_revision(asked)
        asked.episode.faults.put(wanted, seed=asked.body.seed)
        for profile in wanted if asked.body.expires_in is not None else ():
            asked.episode.faults.expire(profile.name, _after(asked.episode, asked.body.expires_in))
    return _shown(asked.episode)


@operation("POST", "/episodes/{id}/faults", answer=FaultsInForce, status=201, body=Adding, refusals=(404, 412))
async def add_faults(asked: Asked) -> Response:
    """Add a profile or rules after those in force."""
    body = asked.body
    found = (inline_profile(body.rules),) if body.rules is not None else await _found(body.profiles or [body.profile])
    episode = asked.episode
    async with episode.turn:
        _check_revision(asked)
        if len(found) > 1:
            episode.faults.check(found)
        for profile in found:
            episode.faults.add(profile, expires_ns=_after(episode, body.expires_in))
    return _shown(episode, 201)


@operation("PATCH", "/episodes/{id}/faults", answer=FaultsInForce, body=Changing, refusals=(404, 412))
async def change_faults(asked: Asked) -> Response:
    """Turn a profile or a rule on or off, change a rule's keys, or let it expire."""
    episode, body = asked.episode, asked.body
    async with episode.turn:
        _check_revision(asked)
        if body.patch is not None:
            episode.faults.patch(body.name, body.patch)
        if body.enabled is not None:
            episode.faults.switch(body.name, enabled=body.enabled)
        if body.expires_in is not None or (body.enabled and _has_ended(episode, body.name)):
            episode.faults.expire(body.name, _after(episode, body.expires_in))
    return _shown(episode)


@operation("POST", "/episodes/{id}/faults/fire", answer=FaultsInForce, body=Firing, refusals=(404, 412))
async def fire_fault(asked: Asked) -> Response:
    """Let a rule fire at the next call that it is about, whatever its trigger says."""
    async with asked.episode.turn:
        _check_revision(asked)
        if _has_ended(asked.episode, asked.body.rule):
            raise FaultError(f"{asked.body.rule} has ended, and would not fire", hint="turn it on first")
        asked.episode.faults.fire(asked.body.rule)
    return _shown(asked.episode)


@operation("POST", "/episodes/{id}/faults/reset", answer=FaultsInForce, body=Nothing, refusals=(404, 412))
async def reset_faults(asked: Asked) -> Response:
    """Forget what rules have counted and promised; what is toggled stays as it is."""
    async with asked.episode.turn:
        _check_revision(asked)
        asked.episode.faults.forget()
    return _shown(asked.episode)


@operation("POST", "/episodes/{id}/faults/explain", answer=Explanation, body=Supposed, refusals=(404,))
async def explain_faults(asked: Asked) -> Explanation:
    """Say what would happen to a call now, and why."""
    episode, body = asked.episode, asked.body
    if body.server not in episode.servers:
        raise NotFound(f"there is no server {body.server!r}", hint=f"known: {', '.join(episode.servers)}")
    call = Call(
        body.server, body.tool, body.arguments, body.actor, transport=body.transport, method=body.method
    )  # fmt: skip
    decision, silent = await episode.faults.explain(call), silent_rules(episode, call)
    if decision is None:
        return Explanation(attempt=1, works="unknown", rules=silent)
    told = [*(verdict.to_json() for verdict in decision.verdicts), *silent]
    return Explanation(attempt=decision.attempt, works=decision.asked.works or "unknown", rules=told)


@operation("GET", "/episodes/{id}/faults/near-misses", answer=NearMisses, refusals=(404,))
async def list_near_misses(asked: Asked) -> NearMisses:
    """List calls that rules were nearly about, and the condition that did not hold."""
    return NearMisses(near_misses=list(asked.episode.faults.near))


async def _found(written: list[str | JsonObject]) -> list[Profile]:
    return await run_sync(read_profiles, written)


def _check_revision(asked: Asked) -> None:
    """Refuse a change of something that has changed since it was looked at."""
    wanted = asked.request.headers.get("if-match")
    present = _etag(asked.episode)
    if wanted is not None and wanted not in ("*", present):
        raise Refused(
            f"the faults are at revision {present}, not {wanted}", status=412, code="changed_meanwhile",
            hint="look at them again, then send the change with the ETag of what you saw",
        )  # fmt: skip


def _etag(episode: Episode) -> str:
    return f'"{episode.faults.revision}"'


def _has_ended(episode: Episode, name: str) -> bool:
    """Whether the time of a profile or a rule, or of the rule's profile, is over."""
    now_ns, live = episode.world.clock.now_ns, episode.faults
    found = [(profile.name, profile.expires_ns) for profile in live.profiles]
    found += [(f"{each.name}/{rule.name}", rule.expires_ns) for each in live.profiles for rule in each.rules]
    return any(not _lasts(ends_ns, now_ns) for known, ends_ns in found if known in (name, name.partition("/")[0]))


def _after(episode: Episode, span_ms: int | None) -> int | None:
    return None if span_ms is None else episode.world.clock.now_ns + span_ms * MS


def _shown(episode: Episode, status: int = 200) -> Response:
    live = episode.faults
    shown = FaultsInForce(
        revision=live.revision,
        idle=live.engine is None or live.engine.is_idle,
        profiles=[_profile(profile, live.fired(), episode.world.clock.now_ns) for profile in live.profiles],
    )
    return Response(shown.model_dump_json(), status, {"etag": _etag(episode)}, JSON)


def _profile(profile: Profile, fired: dict[str, int], now_ns: int) -> ProfileInfo:
    return ProfileInfo(
        name=profile.name, description=profile.description, source=profile.source,
        enabled=profile.enabled and _lasts(profile.expires_ns, now_ns), expires=_time(profile.expires_ns),
        rules=[_rule(profile.name, rule, fired, now_ns) for rule in profile.rules],
    )  # fmt: skip


def _rule(profile: str, rule: Rule, fired: dict[str, int], now_ns: int) -> RuleInfo:
    name = f"{profile}/{rule.name}"
    return RuleInfo(
        name=name, enabled=rule.enabled and _lasts(rule.expires_ns, now_ns), fault=rule.fault.kind,
        layer=rule.fault.layer, explicit=rule.fault.explicit,
        phase=rule.phase, trigger=rule.trigger.kind, recover=rule.recover, fired=fired.get(name, 0),
        expires=_time(rule.expires_ns), written=rule.to_json(),
    )  # fmt: skip


def _time(then_ns: int | None) -> str | None:
    return None if then_ns is None else show_time(then_ns)


def _lasts(expires_ns: int | None, now_ns: int) -> bool:
    """Whether it is not gone yet."""
    return expires_ns is None or now_ns < expires_ns
